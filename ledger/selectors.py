"""
What the ledger shows.

Every read happens in the caller's scope: an organisation sees its own accounts and the transfers
that touch them, the platform sees all.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, SupportsInt
from uuid import UUID

from django.db import connection

from common.ids import uuid7
from common.moments import market_zone
from common.paging import Position
from common.period import Period
from ledger import classes
from ledger.contracts import (
    AccountBalance,
    Balance,
    KindTotals,
    MovedTotal,
    NumberedAccount,
    Op,
    PostedTotal,
    PostedTransfer,
    ReplayFinding,
    ReplayState,
    SealedHead,
    Totals,
    Transfer,
    TrialLine,
)
from ledger.models import Checkpoint

TRANSFERS_MAX = 10_000

_BALANCES = """
    SELECT a.code, b.rule,
           b.debits_posted + coalesce(d.dd, 0), b.credits_posted + coalesce(d.cc, 0),
           b.debits_pending + coalesce(d.dp, 0), b.credits_pending + coalesce(d.cp, 0)
    FROM ledger_account a
    JOIN ledger_balance b ON b.account_id = a.id
    LEFT JOIN LATERAL (
        SELECT sum(debits_posted) AS dd, sum(credits_posted) AS cc,
               sum(debits_pending) AS dp, sum(credits_pending) AS cp
        FROM ledger_balance_delta WHERE account_id = a.id
    ) d ON b.deferred
    WHERE a.code = ANY (%s)
"""

_ACCOUNTS = """
    SELECT a.code, s.code, s.scale, k.name, a.owner_id, b.rule, ARRAY[
        b.debits_posted + coalesce(d.dd, 0), b.credits_posted + coalesce(d.cc, 0),
        b.debits_pending + coalesce(d.dp, 0), b.credits_pending + coalesce(d.cp, 0)]
    FROM (
        SELECT * FROM ledger_account
        WHERE {beyond} AND (%(code)s::text IS NULL OR code = %(code)s)
        AND (%(owner)s::uuid IS NULL OR owner_id = %(owner)s)
        ORDER BY code {direction} LIMIT %(limit)s
    ) a
    JOIN ledger_asset s ON s.id = a.asset_id
    JOIN ledger_kind k ON k.id = a.kind_id
    JOIN ledger_balance b ON b.account_id = a.id
    LEFT JOIN LATERAL (
        SELECT sum(debits_posted) AS dd, sum(credits_posted) AS cc,
               sum(debits_pending) AS dp, sum(credits_pending) AS cp
        FROM ledger_balance_delta WHERE account_id = a.id
    ) d ON b.deferred
    ORDER BY a.code {direction}
"""

# An organisation sees the other side's kind of account, not whose it is.
_TRANSFERS = """
    SELECT t.id, t.op, coalesce(d.code, dk.name), coalesce(c.code, ck.name), s.code, s.scale,
           t.amount, r.name, t.hold_id, t.reverses_id, t.group_id, t.reference, t.effective_at,
           t.recorded_at, t.expires_at, t.meta::text
    FROM (
        SELECT t.* FROM ledger_transfer t{tables} WHERE {where} ORDER BY {order} LIMIT %s
    ) t
    JOIN ledger_asset s ON s.id = t.debit_id >> 48
    JOIN ledger_kind dk ON dk.id = (t.debit_id >> 32) & 65535
    JOIN ledger_kind ck ON ck.id = (t.credit_id >> 32) & 65535
    JOIN ledger_reason r ON r.id = t.reason_id
    LEFT JOIN ledger_account d ON d.id = t.debit_id
    LEFT JOIN ledger_account c ON c.id = t.credit_id
    ORDER BY {order}
"""

_EXPIRED_HOLDS = """
    SELECT h.id, d.code, c.code, s.code, h.amount, r.name, t.group_id, t.reference
    FROM (
        SELECT * FROM ledger_hold WHERE resolved_by IS NULL AND expires_at <= %s
        ORDER BY expires_at, id LIMIT %s
    ) h
    JOIN ledger_transfer t ON t.id = h.id
    JOIN ledger_account d ON d.id = h.debit_id
    JOIN ledger_account c ON c.id = h.credit_id
    JOIN ledger_asset s ON s.id = d.asset_id
    JOIN ledger_reason r ON r.id = t.reason_id
"""

_TRIAL_BALANCE = """
    SELECT s.code, s.scale, k.name, count(*), coalesce(sum(b.dd), 0), coalesce(sum(b.cc), 0),
           coalesce(sum(b.dp), 0), coalesce(sum(b.cp), 0)
    FROM ledger_account a
    JOIN ledger_asset s ON s.id = a.asset_id
    JOIN ledger_kind k ON k.id = a.kind_id
    JOIN (
        SELECT account_id, sum(debits_posted) AS dd, sum(credits_posted) AS cc,
               sum(debits_pending) AS dp, sum(credits_pending) AS cp
        FROM (
            SELECT account_id, debits_posted, credits_posted, debits_pending, credits_pending
            FROM ledger_balance
            UNION ALL
            SELECT account_id, debits_posted, credits_posted, debits_pending, credits_pending
            FROM ledger_balance_delta
        ) parts GROUP BY account_id
    ) b ON b.account_id = a.id
    GROUP BY s.code, s.scale, k.name, k.id ORDER BY s.code, k.id
"""


_POSTED_TOTALS = """
    SELECT s.code, s.scale, t.transfers, t.amount
    FROM (
        SELECT debit_id >> 48 AS asset_id, count(*) AS transfers, sum(amount) AS amount
        FROM ledger_transfer
        WHERE effective_at >= %s AND effective_at < %s AND op IN (0, 2) GROUP BY 1
    ) t
    JOIN ledger_asset s ON s.id = t.asset_id ORDER BY s.code
"""


_NUMBERED = """
    SELECT a.id, a.code, k.name, s.code, a.owner_id
    FROM ledger_account a
    JOIN ledger_asset s ON s.id = a.asset_id
    JOIN ledger_kind k ON k.id = a.kind_id
    WHERE k.name = ANY (%(kinds)s)
      AND (%(owner)s::uuid IS NULL OR a.owner_id = %(owner)s)
      AND (%(asset)s::text IS NULL OR s.code = %(asset)s)
    ORDER BY a.id
"""


_OWNERS = """
    SELECT DISTINCT a.owner_id FROM ledger_account a
    JOIN ledger_kind k ON k.id = a.kind_id
    WHERE k.name = ANY (%(kinds)s) AND a.owner_id IS NOT NULL
      AND (%(after)s::uuid IS NULL OR a.owner_id > %(after)s)
    ORDER BY a.owner_id LIMIT %(limit)s
"""


_AS_OF = """
    SELECT k.rule, m.debits, m.credits
    FROM ledger_account a JOIN ledger_kind k ON k.id = a.kind_id
    CROSS JOIN LATERAL ledger_balances_as_of(a.id, %s, %s) m
    WHERE a.code = %s
"""
_TRIAL_AS_OF = """
    SELECT s.code, s.scale, k.name, k.rule, m.debits, m.credits
    FROM ledger_kinds_as_of(%s, %s) m
    JOIN ledger_asset s ON s.id = m.kind_number >> 16
    JOIN ledger_kind k ON k.id = m.kind_number & 65535
    ORDER BY s.code, k.id
"""


_MOVED_TOTALS = """
    SELECT m.month, d.code, c.code, k.name, r.name, m.transfers, m.amount
    FROM (
        SELECT to_char(effective_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month,
               debit_id, credit_id, reason_id, count(*) AS transfers, sum(amount) AS amount
        FROM ledger_transfer
        WHERE debit_id >> 48 = (SELECT id FROM ledger_asset WHERE code = %(asset)s)
          AND effective_at >= %(first)s AND effective_at < %(last)s AND op IN (0, 2)
        GROUP BY 1, 2, 3, 4
    ) m
    JOIN ledger_account d ON d.id = m.debit_id
    JOIN ledger_account c ON c.id = m.credit_id
    JOIN ledger_kind k ON k.id = d.kind_id
    JOIN ledger_reason r ON r.id = m.reason_id
    ORDER BY 1, 2, 3, 5
"""


_REPLAY_STATE = """
    SELECT last.finished_at, last.transfers, last.differences, under_way.began_at,
           under_way.transfers
    FROM (SELECT) one
    LEFT JOIN (
        SELECT finished_at, transfers, differences FROM ledger_replay
        WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1
    ) last ON true
    LEFT JOIN (
        SELECT began_at, transfers FROM ledger_replay WHERE finished_at IS NULL
    ) under_way ON true
"""

_REPLAY_FINDINGS = """
    SELECT coalesce(a.code, f.account_id::text), f.replayed, f.stored, f.found_at
    FROM ledger_replay_finding f LEFT JOIN ledger_account a ON a.id = f.account_id
    WHERE f.replay_id = (
        SELECT id FROM ledger_replay WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1
    )
    ORDER BY f.account_id LIMIT %s
"""


def balances(codes: Collection[str]) -> dict[str, Balance]:
    """Return the balances of the accounts that exist, by code."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, [list(codes)])
        return {code: _balance(rule, *sums) for code, rule, *sums in cursor.fetchall()}


def _balance(rule: str, *sums: SupportsInt) -> Balance:
    # PostgreSQL sums bigint as numeric, so that no total overflows; it reaches Python as Decimal.
    debits, credit, outgoing, incoming = map(int, sums)
    if rule == "C":
        debits, credit, outgoing, incoming = credit, debits, incoming, outgoing
    posted = credit - debits
    return Balance(posted, outgoing, posted - outgoing, incoming)


def transfers(
    *,
    group: UUID | None = None,
    groups: Collection[UUID] | None = None,
    reference: str | None = None,
    account: str | None = None,
    after: UUID | None = None,
    limit: int = TRANSFERS_MAX,
) -> list[PostedTransfer]:
    """Return transfers in the order of their identifiers, from after a given one."""
    wanted: list[tuple[str, Any]] = []
    if group is not None:
        wanted.append(("t.group_id = %s", group))
    if groups is not None:
        wanted.append(("t.group_id = ANY (%s)", list(groups)))
    if reference is not None:
        wanted.append(("t.reference = %s AND t.reference <> ''", reference))
    if account is not None:
        wanted.append(("a.id IN (t.debit_id, t.credit_id) AND a.code = %s", account))
    if after is not None:
        wanted.append(("t.id > %s", after))
    tables = ", ledger_account a" if account is not None else ""
    return _read(tables, wanted, limit)


def transfer(transfer_id: UUID) -> PostedTransfer | None:
    """Return one transfer, if it exists and the reader may see it."""
    return next(iter(_read("", [("t.id = %s", transfer_id)], 1)), None)


def transfers_by_id(ids: Collection[UUID]) -> dict[UUID, PostedTransfer]:
    """Return the transfers of these identifiers."""
    found = _read("", [("t.id = ANY (%s)", list(ids))], len(ids))
    return {one.id: one for one in found}


def posted_within(
    *, period: Period, limit: int, position: Position | None = None
) -> list[PostedTransfer]:
    """Return what was posted or captured with effect inside a period, from a position on."""
    wanted: list[tuple[str, Any]] = [
        ("t.effective_at >= %s", period.starts_at),
        ("t.effective_at < %s", period.ends_at),
        ("t.op = ANY (%s)", [int(op) for op in Op if op.moves]),
    ]
    if position is None:
        return _read("", wanted, limit, order="t.effective_at, t.id")
    direction, sign = _walk(position)
    row = f"ROW(t.effective_at, t.id) {sign} (%s::timestamptz, %s::uuid)"
    order = f"t.effective_at {direction}, t.id {direction}"
    return _read("", [*wanted, (row, position.values)], limit, order=order)


def _walk(position: Position | None) -> tuple[str, str]:
    """Return the direction in which SQL sorts, and the sign of what lies beyond a position."""
    if position is None or not position.is_backward:
        return "ASC", ">=" if position and position.is_inclusive else ">"
    return "DESC", "<=" if position.is_inclusive else "<"


def posted_totals(*, period: Period) -> list[PostedTotal]:
    """Return how much was posted or captured in each asset with effect inside a period."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTED_TOTALS, [period.starts_at, period.ends_at])
        return [
            PostedTotal(asset, scale, count, int(amount))
            for asset, scale, count, amount in cursor.fetchall()
        ]


def moved_totals(*, asset: str, period: Period) -> list[MovedTotal]:
    """Return what was posted or captured of an asset in a period, by month, accounts and reason."""
    values: dict[str, Any] = {
        "asset": asset,
        "first": period.starts_at,
        "last": period.ends_at,
        "zone": market_zone().key,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVED_TOTALS, values)
        return [
            MovedTotal(month, debit, credit, kind, reason, transfers, int(amount))
            for month, debit, credit, kind, reason, transfers, amount in cursor.fetchall()
        ]


def moved_within(
    *, asset: str, reasons: Collection[str], period: Period, limit: int = TRANSFERS_MAX
) -> list[PostedTransfer]:
    """Return what moved of an asset for some reasons in a period, the last in front."""
    wanted: list[tuple[str, Any]] = [
        ("t.debit_id >> 48 = (SELECT id FROM ledger_asset WHERE code = %s)", asset),
        ("t.reason_id IN (SELECT id FROM ledger_reason WHERE name = ANY (%s))", list(reasons)),
        ("t.effective_at >= %s", period.starts_at),
        ("t.effective_at < %s", period.ends_at),
        ("t.op = ANY (%s)", [int(op) for op in Op if op.moves]),
    ]
    return _read("", wanted, limit, order="t.effective_at DESC, t.id DESC")


def roots_of(codes: Collection[str]) -> dict[str, str]:
    """Return the roots below which accountants find accounts, or kinds, by code or name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.code, k.name, k.rule FROM ledger_account a"
            " JOIN ledger_kind k ON k.id = a.kind_id"
            " WHERE a.code = ANY (%(codes)s)"
            " UNION ALL SELECT name, name, rule FROM ledger_kind"
            " WHERE name = ANY (%(codes)s)",
            {"codes": list(codes)},
        )
        return {code: classes.root_of(*kept) for code, *kept in cursor.fetchall()}


def accounts(
    *, owner_id: UUID | None = None, position: Position | None = None, limit: int = 50
) -> list[AccountBalance]:
    """Return accounts with their balances in the order of their codes, from a position on."""
    return _accounts(owner_id=owner_id, position=position, limit=limit)


def account(code: str) -> AccountBalance | None:
    """Return one account with its balance, if it exists and the reader may see it."""
    return next(iter(_accounts(code=code)), None)


def numbered(
    *, kinds: Collection[str], owner_id: UUID | None = None, asset: str | None = None
) -> list[NumberedAccount]:
    """Return accounts of some kinds with the numbers by which SQL knows them."""
    given = {"kinds": list(kinds), "owner": owner_id, "asset": asset}
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERED, given)
        return [NumberedAccount(*row) for row in cursor.fetchall()]


def owners(*, kinds: Collection[str], after: UUID | None = None, limit: int = 1_000) -> list[UUID]:
    """Return who owns accounts of some kinds, in the order of their identifiers."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, {"kinds": list(kinds), "after": after, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def first_effect() -> datetime | None:
    """Return when the transfer with the first identifier took effect."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT effective_at FROM ledger_transfer ORDER BY id LIMIT 1")
        found: tuple[datetime] | None = cursor.fetchone()
    return found[0] if found else None


def _accounts(
    *,
    owner_id: UUID | None = None,
    code: str | None = None,
    position: Position | None = None,
    limit: int = 1,
) -> list[AccountBalance]:
    direction, sign = _walk(position)
    (edge,) = position.values if position else ("",)
    values = {"owner": owner_id, "code": code, "edge": edge, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCOUNTS.format(beyond=f"code {sign} %(edge)s", direction=direction), values
        )
        rows = cursor.fetchall()
    return [
        AccountBalance(code, asset, scale, kind, owner_id, _balance(rule, *sums))
        for code, asset, scale, kind, owner_id, rule, sums in rows
    ]


def _read(
    tables: str, wanted: list[tuple[str, Any]], limit: int, *, order: str = "t.id"
) -> list[PostedTransfer]:
    where = " AND ".join(condition for condition, _ in wanted) or "true"
    values = [
        one for _, value in wanted for one in (value if isinstance(value, tuple) else (value,))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TRANSFERS.format(tables=tables, where=where, order=order), [*values, limit])
        return [_posted(*row) for row in cursor.fetchall()]


def _posted(transfer_id: UUID, op: int, *rest: Any) -> PostedTransfer:
    values = (*rest[:-1], None if rest[-1] is None else json.loads(rest[-1]))
    return PostedTransfer(transfer_id, Op(op), *values)


def head() -> SealedHead | None:
    """Return the latest checkpoint of the sealed log, or None before the first."""
    found = Checkpoint.objects.order_by("-size").first()
    if found is None:
        return None
    return SealedHead(found.size, bytes(found.root), found.note, found.sealed_at)


def checkpoint_note(size: int) -> str | None:
    """Return the note of the checkpoint of exactly so many entries; None if there is none."""
    return Checkpoint.objects.filter(pk=size).values_list("note", flat=True).first()


def expired_holds(*, now: datetime, limit: int) -> list[Transfer]:
    """Return the releases of open holds whose time is over, the longest over first."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED_HOLDS, [now, limit])
        return [
            Transfer(
                id=uuid7(),
                debit=debit,
                credit=credit,
                asset=asset,
                amount=amount,
                reason=reason,
                op=Op.RELEASE,
                hold_id=hold_id,
                group=group,
                effective_at=now,
                reference=reference,
            )
            for hold_id, debit, credit, asset, amount, reason, group, reference in cursor.fetchall()
        ]


def trial_balance() -> list[TrialLine]:
    """Return the totals by asset and kind; in each asset, debits and credits are equal."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_BALANCE)
        return [
            TrialLine(asset, scale, kind, count, *map(int, sums))
            for asset, scale, kind, count, *sums in cursor.fetchall()
        ]


def balance_as_of(
    *, account: str, effect_before: datetime, booked_before: datetime | None = None
) -> Totals | None:
    """
    Return what an account held as of two moments: of effect, and of what was booked by then.

    None if the account does not exist or is someone else's.
    """
    with connection.cursor() as cursor:
        cursor.execute(_AS_OF, [effect_before, booked_before, account])
        row = cursor.fetchone()
    if row is None:
        return None
    rule, debits, credit = row[0], int(row[1]), int(row[2])
    return Totals(debits, credit, debits - credit if rule == "C" else credit - debits)


def trial_balance_as_of(
    *, effect_before: datetime, booked_before: datetime | None = None
) -> list[KindTotals]:
    """Return the totals by asset and kind as of two moments; for the platform."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_AS_OF, [effect_before, booked_before])
        return [
            KindTotals(asset, scale, kind, classes.root_of(kind, rule), int(debits), int(credit))
            for asset, scale, kind, rule, debits, credit in cursor.fetchall()
        ]


def replay_state() -> ReplayState:
    """Return how the balances compared with their transfers; in any scope."""
    with connection.cursor() as cursor:
        cursor.execute(_REPLAY_STATE)
        finished_at, transfers, differences, since, running = cursor.fetchone()
    return ReplayState(finished_at, transfers or 0, differences or 0, since, running or 0)


def replay_findings(*, limit: int) -> list[ReplayFinding]:
    """Return the differences that the last finished replay found; the platform sees them."""
    with connection.cursor() as cursor:
        cursor.execute(_REPLAY_FINDINGS, [limit])
        return [
            ReplayFinding(code, _whole(replayed), _whole(stored), found_at)
            for code, replayed, stored, found_at in cursor.fetchall()
        ]


def _whole(figures: Sequence[Decimal | None]) -> tuple[int | None, ...]:
    return tuple(None if figure is None else int(figure) for figure in figures)
