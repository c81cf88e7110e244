"""What accountants read: statements, general ledger, and both as files."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound
from common.period import Period
from ledger import account_pages, selectors
from ledger.contracts import (
    AccountStatement,
    AccountStatementLine,
    PeriodStatement,
    PostedTransfer,
    Totals,
)

STATEMENT_LINES_MAX: Final = 200
JOURNAL_TRANSFERS_MAX: Final = 100_000
_LINES_AT_ONCE: Final = 1_000
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


@dataclass(frozen=True, slots=True)
class _History:
    """An account's entries: those on pages up to the newest one, and those since."""

    account: _Account
    newest: account_pages.Page
    newer: list[account_pages.Newer]

    @property
    def entries(self) -> int:
        return self.newest.last_entry + len(self.newer)


@dataclass(slots=True)
class _Stretch:
    """Entries of an account up to an anchor, and its totals after that."""

    ids: dict[int, UUID]
    anchor: int
    debits: int
    credits: int


def statement(
    *, account: str, before: int | None = None, after: int | None = None, limit: int = 50
) -> AccountStatement:
    """
    Return an account's newest lines, or those before or after one, each with the balance after it.

    :raises NotFound: if the account does not exist or is someone else's
    """
    history = _history(account)
    first, last = _span(1, history.entries, before=before, after=after, limit=limit)
    found = history.account
    return AccountStatement(
        account=account,
        asset=found.asset,
        scale=found.scale,
        kind=found.kind,
        lines=tuple(_lines(history, account, first=first, last=last)),
        before=first if first > 1 else None,
        after=last if last < history.entries else None,
    )


def _span(
    earliest: int, latest: int, *, before: int | None, after: int | None, limit: int
) -> tuple[int, int]:
    """Return the first and the last entry of a page of those from the earliest to the latest."""
    limit = min(limit, STATEMENT_LINES_MAX)
    if after is not None:
        first = max(after + 1, earliest)
        return first, min(first + limit - 1, latest)
    last = min(latest, (before or _LAST) - 1)
    return max(last - limit + 1, earliest), last


def period_statement(
    *,
    account: str,
    period: Period,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> PeriodStatement:
    """
    Return what was booked on an account in a period, with the balances it began and ended with.

    :raises NotFound: if the account does not exist or is someone else's
    """
    history = _history(account)
    earliest = _entries_before(history, period.starts_at) + 1
    latest = _entries_before(history, period.ends_at)
    first, last = _span(earliest, latest, before=before, after=after, limit=limit)
    lines = _lines(history, account, first=first, last=last)
    whole = _period_statement(history, account, earliest, latest, lines)
    return replace(
        whole,
        before=first if first > earliest else None,
        after=last if last < latest else None,
    )


def whole_period_statement(*, account: str, period: Period) -> PeriodStatement:
    """
    Return all that was booked on an account in a period, for a file.

    :raises NotFound: if the account does not exist or is someone else's
    :raises JournalTooLong: if it is more than one journal takes
    """
    history = _history(account)
    first = _entries_before(history, period.starts_at) + 1
    last = _entries_before(history, period.ends_at)
    if last - first + 1 > JOURNAL_TRANSFERS_MAX:
        raise JournalTooLong(limit=JOURNAL_TRANSFERS_MAX)
    lines: list[AccountStatementLine] = []
    for end in range(last, first - 1, -_LINES_AT_ONCE):
        start = max(end - _LINES_AT_ONCE + 1, first)
        lines += _lines(history, account, first=start, last=end)
    return _period_statement(history, account, first, last, lines)


def _period_statement(
    history: _History,
    account: str,
    earliest: int,
    latest: int,
    lines: Iterable[AccountStatementLine],
) -> PeriodStatement:
    found = history.account
    return PeriodStatement(
        account=account,
        asset=found.asset,
        scale=found.scale,
        kind=found.kind,
        opening=_totals_after(history, account, earliest - 1),
        closing=_totals_after(history, account, latest),
        entries=max(latest - earliest + 1, 0),
        lines=tuple(lines),
        before=None,
        after=None,
    )


def _history(code: str) -> _History:
    found = _account(code)
    return _History(found, *account_pages.history(account_id=found.number))


def _entries_before(history: _History, moment: datetime) -> int:
    paged = history.newest.last_entry
    if history.newer and history.newer[0].recorded_at < moment:
        return paged + bisect_left(history.newer, moment, key=lambda one: one.recorded_at)
    return account_pages.entries_before(
        account_id=history.account.number, moment=moment, entries=paged
    )


def _totals_after(history: _History, account: str, entry: int) -> Totals:
    """Return an account's totals after an entry, read from the page that holds it."""
    stretch = _stretch(history, first=max(entry, 1), last=max(entry, 1))
    debits, credit = stretch.debits, stretch.credits
    later = [stretch.ids[place] for place in range(entry + 1, stretch.anchor + 1)]
    for transfer in selectors.transfers_by_id(later).values():
        if transfer.op.moves:
            debits -= transfer.amount if transfer.debit == account else 0
            credit -= transfer.amount if transfer.credit == account else 0
    return Totals(debits, credit, history.account.net(debits, credit))


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


def _stretch(history: _History, *, first: int, last: int) -> _Stretch:
    """Return the entries from the first to an anchor at or behind the last."""
    newest, newer = history.newest, history.newer
    if last > newest.last_entry:
        stretch = _from_newer(newest, newer[: last - newest.last_entry])
    else:
        stretch = _Stretch({}, 0, 0, 0)
    if first <= newest.last_entry:
        _add_pages(stretch, history.account, first=first, last=last)
    return stretch


def _from_newer(newest: account_pages.Page, newer: list[account_pages.Newer]) -> _Stretch:
    return _Stretch(
        {newest.last_entry + place: one.transfer_id for place, one in enumerate(newer, start=1)},
        newest.last_entry + len(newer),
        newest.debits_posted + sum(one.debits_posted for one in newer),
        newest.credits_posted + sum(one.credits_posted for one in newer),
    )


def _add_pages(stretch: _Stretch, found: _Account, *, first: int, last: int) -> None:
    wanted = last - first + 1
    pages = account_pages.pages(account_id=found.number, entry=last, limit=wanted, first=first)
    if not stretch.anchor:
        stretch.anchor = pages[0].last_entry
        stretch.debits, stretch.credits = pages[0].debits_posted, pages[0].credits_posted
    for page in pages:
        start = page.last_entry - len(page.transfers) + 1
        stretch.ids.update(enumerate(page.transfers, start=start))
        if start <= first:
            break


def _lines(
    history: _History, account: str, *, first: int, last: int
) -> Iterator[AccountStatementLine]:
    """Walk back from the anchor, where the totals are known."""
    if last < first:
        return
    found, stretch = history.account, _stretch(history, first=first, last=last)
    entries = range(stretch.anchor, first - 1, -1)
    transfers = selectors.transfers_by_id([stretch.ids[entry] for entry in entries])
    balance = found.net(stretch.debits, stretch.credits)
    for entry in entries:
        transfer = transfers[stretch.ids[entry]]
        change = transfer.amount if transfer.op.moves else 0
        if (transfer.debit == account) != found.is_debit_normal:
            change = -change
        if entry <= last:
            yield AccountStatementLine(entry, transfer, change, balance)
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
