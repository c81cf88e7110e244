"""Pages of statements: an entry's number on its account is the key, newest first."""

from typing import Any, TypeVar

from common.paging import Position, Scope, Slice, cursor_at, position_of
from common.period import Period
from ledger import reports
from ledger.contracts import AccountStatement, PeriodStatement

StatementT = TypeVar("StatementT", AccountStatement, PeriodStatement)


def statement_page(
    *, account: str, cursor: str, scope: Scope, limit: int
) -> tuple[AccountStatement, Slice[Any]]:
    """
    Return a page of an account's history, and the cursors of its neighbours.

    :raises NotFound: if the account does not exist or is someone else's
    :raises InvalidCursor: if the cursor was not made here for this statement
    """
    edge = _edge(position_of(cursor, scope=scope))
    return _turned(reports.statement(account=account, limit=limit, **edge), scope)


def period_page(
    *, account: str, period: Period, cursor: str, scope: Scope, limit: int
) -> tuple[PeriodStatement, Slice[Any]]:
    """
    Return a page of what was booked in a period, and the cursors of its neighbours.

    :raises NotFound: if the account does not exist or is someone else's
    :raises InvalidCursor: if the cursor was not made here for this statement
    """
    edge = _edge(position_of(cursor, scope=scope))
    found = reports.period_statement(account=account, period=period, limit=limit, **edge)
    return _turned(found, scope)


def _edge(position: Position | None) -> dict[str, int]:
    if position is None:
        return {}
    return {"after" if position.is_backward else "before": int(position.values[0])}


def _turned(found: StatementT, scope: Scope) -> tuple[StatementT, Slice[Any]]:
    older, newer = found.before, found.after
    beside: Slice[Any] = Slice(
        list(found.lines),
        cursor_at(Position((older,)), scope=scope) if older is not None else "",
        cursor_at(Position((newer,), is_backward=True), scope=scope) if newer is not None else "",
    )
    return found, beside
