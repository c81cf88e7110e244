"""From the bytes of a file to the lines of a statement."""

import io
from typing import Final

from django.utils.translation import gettext as _

from common import tabular
from common.errors import InvalidInput
from common.moments import parse_day
from common.money import Money
from marketplace.payments.contracts import (
    STATEMENT_BYTES_MAX,
    STATEMENT_LINES_MAX,
    StatementRefused,
)
from marketplace.payments.statements.camt import read_camt
from marketplace.payments.statements.lines import (
    ReadLine,
    ReadStatement,
    at_line,
    cut,
    too_long,
)

LAYOUT: Final = tabular.Layout(
    "bank statement",
    ("date", "amount"),
    ("reference", "text", "party", "party_account", "account", "currency"),
)


def read_statement(raw: bytes) -> ReadStatement:
    """
    Return what a file says, as a whole or not at all.

    :raises StatementRefused: naming the line that cannot be read, or sums that do not agree
    """
    if len(raw) > STATEMENT_BYTES_MAX:
        told = _("more than %(most)s MB") % {"most": STATEMENT_BYTES_MAX // 1024 // 1024}
        raise StatementRefused(field="file", problem=told)
    is_xml = raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    found = read_camt(raw) if is_xml else _csv(raw)
    if not found.lines:
        raise StatementRefused(field="file", problem=_("no lines"))
    _require_sum(found)
    return found


def _csv(raw: bytes) -> ReadStatement:
    try:
        table = tabular.Table(tabular.Lines(io.BytesIO(raw)), LAYOUT)
        lines: list[ReadLine] = []
        accounts: set[str] = set()
        for row in table:
            if len(lines) >= STATEMENT_LINES_MAX:
                raise StatementRefused(field="file", problem=too_long())
            if isinstance(row, tabular.BadLine):
                raise StatementRefused(field="file", problem=at_line(row.number, row.detail))
            lines.append(_line(row))
            accounts.add(cut(row.cells.get("account", ""), 64))
    except tabular.FileRefused as refused:
        raise StatementRefused(field="file", problem=str(refused)) from refused
    if len(accounts) > 1:
        raise StatementRefused(field="file", problem=_("lines of several accounts"))
    return ReadStatement("CSV", "".join(accounts), tuple(lines))


def _line(row: tabular.Record) -> ReadLine:
    cells = row.cells
    if cells.get("currency", "CNY") not in ("", "CNY"):
        raise StatementRefused(field="file", problem=at_line(row.number, _("not in CNY")))
    text = cells["amount"].replace(",", "")
    is_out = text.startswith("-")
    try:
        minor = Money.parse(text.lstrip("+-")).minor
        day = parse_day(cells["date"])
    except InvalidInput as error:
        raise StatementRefused(field="file", problem=at_line(row.number, error)) from error
    if minor == 0:
        raise StatementRefused(field="file", problem=at_line(row.number, _("amount 0")))
    return ReadLine(
        line=row.number,
        amount_minor=-minor if is_out else minor,
        booked_on=day,
        reference=cut(cells.get("reference", ""), 120),
        text=cut(cells.get("text", ""), 500),
        party=cut(cells.get("party", ""), 200),
        party_account=cut(cells.get("party_account", ""), 64),
    )


def _require_sum(found: ReadStatement) -> None:
    if found.opening_minor is None or found.closing_minor is None:
        return
    total = sum(line.amount_minor for line in found.lines)
    if found.opening_minor + total != found.closing_minor:
        told = _("opening balance and lines are not the closing balance")
        raise StatementRefused(field="file", problem=told)
