"""What an import is told, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

# Why orders are rejected where nobody offers anything at their time.
WITHOUT_CAPACITY: Final = frozenset({"outside_availability", "no_eligible_listing"})
Progress = Callable[[str, int, int], None]  # step, done, of how many


def silent(_step: str, _done: int, _total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Who buys what a trace tells of, where, and under which name orders are remembered."""

    name: str  # of the file: part of every key, so that the same file acts once
    buyer_id: UUID
    person_id: int  # who asked for the import: what it books bears this name
    hub: str
    deposit_minor: int
    now: datetime  # of the clock on the wall: nothing is imported from after it


@dataclass(frozen=True, slots=True)
class TokenPlan:
    """Which provider's interface tokens are counted at, and what a thousand of them would cost."""

    name: str
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


@dataclass(slots=True)
class Imported:
    """What an import did. Amounts are minor units of CNY."""

    rows: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    orders_placed: int = 0
    orders_known: int = 0
    orders_cleared: int = 0
    orders_rejected: dict[str, int] = field(default_factory=dict)
    orders_unused: int = 0
    unused_billed_minor: int = 0
    never_started: int = 0
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

    @property
    def is_balanced(self) -> bool:
        """Return whether debits equal credits over all assets."""
        return self.ledger_debits_minor == self.ledger_credits_minor

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

    def refuse(self, line: int, code: str, detail: str) -> None:
        """Add a line that did not come in."""
        self.refused.append(RefusedLine(line, code, detail))

    def reject(self, code: str) -> None:
        """Count an order that was refused, under its reason."""
        self.orders_rejected[code] = self.orders_rejected.get(code, 0) + 1
