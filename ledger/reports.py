"""What accountants read: statements, general ledger, and both as files."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound
from common.period import Period
from ledger import paging, selectors
from ledger.contracts import PostedTransfer, Statement, StatementLine

STATEMENT_LINES_MAX: Final = 200
JOURNAL_TRANSFERS_MAX: Final = 100_000
_JOURNAL_PAGE: Final = 5_000
_LAST: Final = 2**62


class JournalTooLong(InvalidInput):
    """More transfers than one journal takes."""

    code = "journal_too_long"
    sentence = _("The period holds more than %(limit)s transfers; choose a shorter one.")


@dataclass(frozen=True, slots=True)
class _Account:
    number: int
    asset: str
    scale: int
    kind: str
    is_debit_normal: bool

    def net(self, debits: int, credit: int) -> int:
        return debits - credit if self.is_debit_normal else credit - debits


@dataclass(slots=True)
class _Stretch:
    """Entries of an account up to an anchor, and its totals after that."""

    ids: dict[int, UUID]
    anchor: int
    debits: int
    credits: int


def statement(*, account: str, before: int | None = None, limit: int = 50) -> Statement:
    """
    Return an account's newest lines, or those before a line, each with the balance after it.

    :raises NotFound: if the account does not exist or is someone else's
    """
    found = _account(account)
    newest = paging.newest_page(account_id=found.number)
    newer = paging.newer_than_pages(account_id=found.number)
    last = min(newest.last_entry + len(newer), (before or _LAST) - 1)
    first = max(last - min(limit, STATEMENT_LINES_MAX) + 1, 1)
    if last > newest.last_entry:
        stretch = _from_newer(newest, newer[: last - newest.last_entry])
    else:
        stretch = _Stretch({}, 0, 0, 0)
    if first <= newest.last_entry:
        _add_pages(stretch, found, first=first, last=last)
    return Statement(
        account=account,
        asset=found.asset,
        scale=found.scale,
        kind=found.kind,
        lines=tuple(_lines(found, account, stretch, first=first, last=last)),
        before=first if first > 1 else None,
    )


def _account(code: str) -> _Account:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, s.code, s.scale, k.name, k.rule = 'C' FROM ledger_account a"
            " JOIN ledger_asset s ON s.id = a.asset_id JOIN ledger_kind k ON k.id = a.kind_id"
            " WHERE a.code = %s",
            [code],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    return _Account(*row)


def _from_newer(newest: paging.Page, newer: list[paging.Newer]) -> _Stretch:
    return _Stretch(
        {newest.last_entry + place: one.transfer_id for place, one in enumerate(newer, start=1)},
        newest.last_entry + len(newer),
        newest.debits_posted + sum(one.debits_posted for one in newer),
        newest.credits_posted + sum(one.credits_posted for one in newer),
    )


def _add_pages(stretch: _Stretch, found: _Account, *, first: int, last: int) -> None:
    wanted = last - first + 1
    pages = paging.pages(account_id=found.number, entry=last, limit=wanted)
    if not stretch.anchor:
        stretch.anchor = pages[0].last_entry
        stretch.debits, stretch.credits = pages[0].debits_posted, pages[0].credits_posted
    for page in pages:
        start = page.last_entry - len(page.transfers) + 1
        stretch.ids.update(enumerate(page.transfers, start=start))
        if start <= first:
            break


def _lines(
    found: _Account, account: str, stretch: _Stretch, *, first: int, last: int
) -> Iterator[StatementLine]:
    """Walk back from the anchor, where the totals are known."""
    entries = range(stretch.anchor, first - 1, -1)
    transfers = selectors.transfers_by_id([stretch.ids[entry] for entry in entries])
    balance = found.net(stretch.debits, stretch.credits)
    for entry in entries:
        transfer = transfers[stretch.ids[entry]]
        change = transfer.amount if transfer.op.moves else 0
        if (transfer.debit == account) != found.is_debit_normal:
            change = -change
        if entry <= last:
            yield StatementLine(entry, transfer, change, balance)
        balance -= change


def journal(*, period: Period) -> list[PostedTransfer]:
    """
    Return what was posted with effect inside a period, by effect and identifier.

    :raises JournalTooLong: if it is more than one journal takes
    """
    found = selectors.posted_within(period=period, limit=JOURNAL_TRANSFERS_MAX + 1)
    if len(found) > JOURNAL_TRANSFERS_MAX:
        raise JournalTooLong(limit=JOURNAL_TRANSFERS_MAX)
    return found
