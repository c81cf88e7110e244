"""What an import is told, and what it answers."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from identity.approvals.contracts import Person

# Why orders are rejected where nobody offers anything at their time.
WITHOUT_CAPACITY: Final = frozenset({"outside_availability", "no_eligible_listing"})
SOURCE_MAX: Final = 120
Progress = Callable[[str, int, int], None]  # step, done, of how many


def silent(_step: str, _done: int, _total: int) -> None:
    """Show no progress."""


class ImportBusy(Refusal):
    """Another command imports from this source at this moment."""

    code = "import_busy"
    sentence = _("Another import from the source %(source)s is running.")


@dataclass(frozen=True, slots=True)
class ImportFile:
    """
    Whose file it is, and which.

    `source` is part of every key: rows of one source are told apart by their own identity. A source
    that nobody named is the file's name, and a name says little.
    """

    source: str
    is_named: bool = False
    name: str = ""
    content_hash: str = ""
    usage_format: str = ""
    zone: str = "UTC"
    requested_by: str = ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Who buys what a trace tells of, where, and under which name orders are remembered."""

    file: ImportFile
    buyer_id: UUID
    person_id: int  # who asked for the import: what it books bears this name
    hub: str
    deposit_minor: int
    now: datetime  # of the clock on the wall: nothing is imported from after it
    confirmer: Person | None = None  # of finance, for a large deposit


@dataclass(frozen=True, slots=True)
class TokenPlan:
    """Which provider's interface tokens are counted at, and what a thousand of them would cost."""

    file: ImportFile
    provider_id: UUID
    region: str
    unit_price: Decimal
    now: datetime


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that did not come in, and why."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class UndoneLine:
    """A line that came in and was not settled: its order was rejected, or waits."""

    line: int
    order: str
    code: str
    detail: str


class LineEnd(IntEnum):
    """How a line of data ended; of several parts of one line, the latest of these counts."""

    STEP = 0  # a part of a job that has a line of its own
    NEVER_STARTED = 1
    KNOWN = 2
    IN = 3
    REFUSED = 4


@dataclass(slots=True)
class Imported:
    """What an import did. Amounts are minor units of CNY."""

    rows: int = 0
    rows_in: int = 0
    rows_known: int = 0
    rows_refused: int = 0
    never_started: int = 0
    steps: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    undone: list[UndoneLine] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    orders_placed: int = 0
    orders_known: int = 0
    orders_cleared: int = 0
    orders_rejected: dict[str, int] = field(default_factory=dict)
    orders_unused: int = 0
    unused_billed_minor: int = 0
    meters: int = 0
    readings: int = 0
    readings_known: int = 0
    windows_closed: int = 0
    usage_records: int = 0
    charges: int = 0
    contracts_settled: int = 0
    contracts_open: int = 0
    rated_minor: int = 0
    gross_minor: int = 0
    fee_minor: int = 0
    uncollected_minor: int = 0
    released_minor: int = 0
    tokens: Decimal = Decimal(0)
    ledger_debits_minor: int = 0
    ledger_credits_minor: int = 0
    ends: dict[int, LineEnd] = field(default_factory=dict, repr=False)  # by line

    @property
    def is_balanced(self) -> bool:
        """Return whether debits equal credits over all assets."""
        return self.ledger_debits_minor == self.ledger_credits_minor

    @property
    def is_counted(self) -> bool:
        """Return whether every line ended in one of the ways that lines end."""
        ends = (self.rows_in, self.rows_known, self.rows_refused, self.never_started, self.steps)
        return self.rows == sum(ends)

    @property
    def orders_decided(self) -> int:
        """Return how many orders were cleared or rejected."""
        return self.orders_cleared + sum(self.orders_rejected.values())

    @property
    def orders_without_capacity(self) -> int:
        """Return how many orders were rejected because nothing was offered at their time."""
        return sum(self.orders_rejected.get(code, 0) for code in WITHOUT_CAPACITY)

    @property
    def found_no_capacity(self) -> bool:
        """Return whether every order failed for that reason."""
        return 0 < self.orders_decided == self.orders_without_capacity

    def end(self, line: int, how: LineEnd) -> None:
        """Note how a line ended; a line that was refused stays refused."""
        self.ends[line] = max(how, self.ends.get(line, how))

    def refuse(self, line: int, code: str, detail: str) -> None:
        """Add a line that did not come in."""
        self.refused.append(RefusedLine(line, code, detail))
        self.end(line, LineEnd.REFUSED)

    def note(self, text: str) -> None:
        """Count something that the reader of the summary should know."""
        self.notes[text] = self.notes.get(text, 0) + 1

    def reject(self, code: str) -> None:
        """Count an order that was refused, under its reason."""
        self.orders_rejected[code] = self.orders_rejected.get(code, 0) + 1

    def count_readings(self) -> None:
        """Add up how lines ended that are a reading each."""
        self.rows_in, self.rows_known = self.readings, self.readings_known
        self.rows_refused = len(self.refused)
        self.refused.sort(key=lambda each: each.line)

    def count_lines(self) -> None:
        """Add up how the lines ended."""
        ends = Counter(self.ends.values())
        self.rows_in, self.rows_known = ends[LineEnd.IN], ends[LineEnd.KNOWN]
        self.rows_refused, self.steps = ends[LineEnd.REFUSED], ends[LineEnd.STEP]
        self.never_started = ends[LineEnd.NEVER_STARTED]
        self.refused.sort(key=lambda each: each.line)
        self.undone.sort(key=lambda each: (each.line, each.order))
