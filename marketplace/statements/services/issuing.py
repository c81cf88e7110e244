"""Statements are issued: one statement of SQL takes the lines, whatever their number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max, Q, Sum

from common import moments, tenancy
from common.canonical import content_hash
from common.ids import uuid7
from identity.events import services as events
from ledger.contracts import NumberedAccount
from marketplace import accounts, limits
from marketplace.accounts import TransferReason
from marketplace.statements import documents, subjects, taxes
from marketplace.statements.contracts import (
    SIDES,
    TAX,
    BillSide,
    NothingToState,
    StatementIssued,
    StatementKind,
    StatementNotDue,
    Subject,
)
from marketplace.statements.event_names import StatementEvent
from marketplace.statements.models import Statement, StatementBalance, StatementLine, TaxRate
from marketplace.statements.selectors import months

TURN: Final = "statements"
_TAKE: Final = (
    "SELECT * FROM statements_take_lines(%s, %s, %s, %s, %s, %s, %s::bigint[], %s::integer[],"
    " %s::bigint[])"
)
# What was charged for use: of a buyer it is taken, of all others it comes.
CHARGED: Final = {
    BillSide.BUYER: (
        -1,
        (TransferReason.ORDER_CASH, TransferReason.ORDER_VOUCHER, TransferReason.CORRECTION),
    ),
    BillSide.PROVIDER: (
        1,
        (TransferReason.ORDER_CASH, TransferReason.ORDER_VOUCHER, TransferReason.CORRECTION),
    ),
    BillSide.MARKET: (1, (TransferReason.FEE, TransferReason.CORRECTION)),
    BillSide.PROGRAMME: (-1, ()),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """What came to an account and went from it on a statement."""

    added_minor: int = 0
    taken_minor: int = 0
    lines: int = 0
    taken_through: int = 0


@transaction.atomic
def issue_statement(
    *, subject: Subject, month: date, now: datetime, by_id: int | None = None
) -> Statement:
    """
    Issue the statement of a month: all that happened until its end and stands on no other.

    What comes later and belongs to it stands on a later one, with a link.

    :raises StatementNotDue: if the month and its grace are not over
    :raises StatementIssued: if this month, or a later one, has its statement
    :raises NothingToState: if nothing was booked
    """
    period = moments.month_period(month)
    if now < period.ends_at + months.grace():
        raise StatementNotDue(
            month=f"{month:%Y-%m}", issued_from=moments.written(period.ends_at + months.grace())
        )
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        _require_first(subject, period.starts_at)
        made = Statement(
            id=uuid7(),
            kind=StatementKind.STATEMENT,
            side=subject.side,
            subject=subject.key,
            organization_id=subject.organization_id,
            starts_on=month.replace(day=1),
            ends_on=moments.market_date(period.ends_at - timedelta(microseconds=1)),
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            issued_at=now,
            issued_by_id=by_id,
        )
        kept = subjects.accounts_of(subject)
        before = months.stated([each.number for each in kept])
        moved = _take_lines(made, subject, kept, before)
        if not any(each.lines for each in moved.values()):
            raise NothingToState
        balances = [_balance(made, each, before, moved) for each in kept]
        balances = [each for each in balances if each.lines_count or each.closing_minor]
        _add_up(made, subject, balances)
        return write_statement(made, balances, cancels="")


def write_statement(
    made: Statement, balances: list[StatementBalance], *, cancels: str
) -> Statement:
    """Write a statement whose lines are there, with its number and seal, and tell of it."""
    last = Statement.objects.aggregate(last=Max("sequence"))["last"]
    made.sequence = (last or 0) + 1
    made.number = f"ST-{made.starts_on:%Y%m}-{made.sequence:06d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT statements_lines_hash(%s)", [made.pk])
        made.lines_hash = cursor.fetchone()[0]
    plain = [
        {
            "account": each.account,
            "asset": each.asset,
            "opening_minor": each.opening_minor,
            "added_minor": each.added_minor,
            "taken_minor": each.taken_minor,
            "closing_minor": each.closing_minor,
            "lines": each.lines_count,
        }
        for each in balances
    ]
    made.content_hash = content_hash(documents.content(made, plain, cancels))
    made.save(force_insert=True)
    StatementBalance.objects.bulk_create(balances, batch_size=1_000)
    tell(
        StatementEvent.CANCELLED if cancels else StatementEvent.ISSUED,
        made,
        {"lines": made.lines_count, "closing_minor": made.closing_minor},
    )
    return made


def tell(name: StatementEvent, made: Statement, facts: Mapping[str, Any]) -> None:
    """Record what happened to a statement, for whose it is."""
    event = events.Event(
        name=name,
        object_kind="statement",
        object_id=made.pk,
        object_label=made.number,
        concerns=[made.organization_id] if made.organization_id else [],
        facts={"side": made.side, "month": f"{made.starts_on:%Y-%m}", **facts},
        at=made.issued_at,
    )
    events.record([event])


def _require_first(subject: Subject, starts_at: datetime) -> None:
    """Refuse a month that has its statement, or one before the last stated one."""
    found = Statement.objects.filter(
        side=subject.side, subject=subject.key, is_live=True, starts_at__gte=starts_at
    ).first()
    if found is not None:
        raise StatementIssued(number=found.number)


def _take_lines(
    made: Statement,
    subject: Subject,
    kept: Sequence[NumberedAccount],
    before: Mapping[int, StatementBalance],
) -> dict[int, Moved]:
    given = [
        made.pk,
        subject.organization_id,
        subject.side,
        subject.key,
        made.ends_at,
        str(moments.market_zone()),
        [each.number for each in kept],
        [subjects.sign_of(subject, each.kind) for each in kept],
        [before[each.number].taken_through if each.number in before else 0 for each in kept],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, given)
        return {number: Moved(*map(int, sums)) for number, *sums in cursor.fetchall()}


def _balance(
    made: Statement,
    account: NumberedAccount,
    before: Mapping[int, StatementBalance],
    moved: Mapping[int, Moved],
) -> StatementBalance:
    last = before.get(account.number)
    opening = last.closing_minor if last else 0
    sums = moved.get(account.number, Moved(taken_through=last.taken_through if last else 0))
    return StatementBalance(
        statement=made,
        organization_id=made.organization_id,
        account=account.code,
        account_number=account.number,
        kind=account.kind,
        asset=account.asset,
        opening_minor=opening,
        added_minor=sums.added_minor,
        taken_minor=sums.taken_minor,
        closing_minor=opening + sums.added_minor + sums.taken_minor,
        lines_count=sums.lines,
        taken_through=max(sums.taken_through, last.taken_through if last else 0),
    )


def _add_up(made: Statement, subject: Subject, balances: Sequence[StatementBalance]) -> None:
    """Fill in the sums on top of a statement, and the tax within what was charged."""
    on_top = [each for each in balances if each.kind in subjects.HEADLINES[subject.side]]
    made.lines_count = sum(each.lines_count for each in balances)
    made.opening_minor = sum(each.opening_minor for each in on_top)
    made.added_minor = sum(each.added_minor for each in on_top)
    made.taken_minor = sum(each.taken_minor for each in on_top)
    made.closing_minor = sum(each.closing_minor for each in on_top)
    sign, reasons = CHARGED[subject.side]
    charged = StatementLine.objects.filter(statement_id=made.pk, reason__in=reasons)
    money = charged.filter(asset=accounts.CNY)
    by_day = {
        row["day"]: sign * int(row["total"])
        for row in money.values("day").annotate(total=Sum("amount_minor")).order_by("day")
    }
    paid_by_vouchers = charged.filter(~Q(asset=accounts.CNY)).aggregate(s=Sum("amount_minor"))["s"]
    rates = [
        taxes.DatedRate(each.starts_on, each.rate)
        for each in TaxRate.objects.filter(tax=TAX).order_by("starts_on")
    ]
    made.charged_minor = sum(by_day.values())
    made.voucher_minor = sign * int(paid_by_vouchers or 0)
    made.taxes, made.tax_minor = taxes.within(by_day, rates)


assert CHARGED.keys() == SIDES.keys()
