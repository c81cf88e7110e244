"""A list of beneficiaries from a file: names and amounts, and what is wrong with a row. Pure."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from common import tabular
from common.errors import Refusal
from common.money import Money
from common.tabular import sheets
from common.tabular.contracts import TableUnreadable

SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINES_MAX: Final = 100
NAMED_MAX: Final = 80
ENGLISH: Final = tabular.Layout("voucher-batch", ("name", "amount"), ("uscc",))
CHINESE: Final = tabular.Layout("voucher-batch-zh", ("姓名", "金额"), ("统一社会信用代码",))
TEMPLATE: Final = "name,amount,uscc\r\n"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row: for whom how much; without a code for the organisation that applies."""

    row: int
    named: str
    amount_minor: int
    uscc: str = ""


@dataclass(frozen=True, slots=True)
class BadBatchRow:
    """A row that cannot be read, and why."""

    row: int
    column: str
    problem: str


@dataclass(slots=True)
class BatchFile:
    """The rows of a file, good and bad."""

    rows: list[BatchRow] = field(default_factory=list)
    bad: list[BadBatchRow] = field(default_factory=list)

    @property
    def total_minor(self) -> int:
        """Return what all good rows ask for."""
        return sum(each.amount_minor for each in self.rows)


def read(content: bytes, *, media_type: str) -> BatchFile:
    """
    Read a list of beneficiaries.

    :raises FileRefused: if it is no table of ours, or holds too many rows
    """
    if media_type == SHEET:
        content = sheets.csv_of_sheet(content, rows_max=LINES_MAX).encode()
    found = BatchFile()
    seen: set[tuple[str, str]] = set()
    for row in _rows(content):
        if isinstance(row, BadBatchRow):
            found.bad.append(row)
        elif (row.uscc, row.named) in seen:
            told = _("%(name)s comes twice") % {"name": row.named}
            found.bad.append(BadBatchRow(row.row, "name", told))
        else:
            seen.add((row.uscc, row.named))
            found.rows.append(row)
        if len(found.rows) > LINES_MAX:
            told = _("at most %(most)s rows are taken at once") % {"most": LINES_MAX}
            raise TableUnreadable(field="file", problem=told)
    if not found.rows and not found.bad:
        raise TableUnreadable(field="file", problem=_("there is no row below the header"))
    return found


def _rows(content: bytes) -> Iterator[BatchRow | BadBatchRow]:
    table = tabular.Table(tabular.Lines(io.BytesIO(content)), ENGLISH, CHINESE)
    for row in table:
        if isinstance(row, tabular.BadLine):
            yield BadBatchRow(row.number, row.column, row.detail)
            continue
        names = (*table.layout.required, *(table.layout.optional or ()))
        named, amount, uscc = (row.cells.get(name, "") for name in names)
        yield _row(row.number, named, amount, uscc.upper())


def _row(number: int, named: str, amount: str, uscc: str) -> BatchRow | BadBatchRow:
    if not 1 <= len(named) <= NAMED_MAX or not named.isprintable():
        told = _("a text of at most %(most)s characters is needed") % {"most": NAMED_MAX}
        return BadBatchRow(number, "name", told)
    try:
        minor = Money.parse(amount.lstrip("¥").replace(",", "").strip()).minor
    except Refusal as refusal:
        return BadBatchRow(number, "amount", str(refusal))
    if minor <= 0:
        return BadBatchRow(number, "amount", _("The amount must be more than zero."))
    return BatchRow(number, named, minor, uscc)
