"""A month that is not stated yet: what its statement would say now."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models

from common import moments
from marketplace.statements import subjects
from marketplace.statements.contracts import OpenMonth, Stage, Subject
from marketplace.statements.models import StatementBalance

_WAITING = """
    SELECT coalesce(sum(amount) FILTER (WHERE amount > 0), 0),
           coalesce(sum(amount) FILTER (WHERE amount < 0), 0), count(*)
    FROM (
        SELECT g.sign * e.net AS amount
        FROM unnest(%s::bigint[], %s::integer[], %s::bigint[]) AS g (account, sign, after_entry)
        CROSS JOIN LATERAL ledger_account_entries(g.account, g.after_entry) e
        WHERE e.effective_at < %s AND NOT EXISTS (
            SELECT FROM statements_statementline l
            WHERE l.account_number = g.account AND l.transfer_id = e.id AND l.is_live
        )
    ) waiting
"""


def grace() -> timedelta:
    """Return how long after the cut-off what is late is waited for."""
    return timedelta(hours=settings.STATEMENTS_GRACE_HOURS)


def stage(month: date, *, now: datetime) -> Stage:
    """Return where a month that has no statement stands."""
    ends_at = moments.month_period(month).ends_at
    if now < ends_at:
        return Stage.OPEN
    return Stage.CUT_OFF if now < ends_at + grace() else Stage.DUE


def last_due_month(*, now: datetime) -> date:
    """Return the first day of the last month whose statements are due."""
    first = moments.market_date(now).replace(day=1)
    while stage(first, now=now) != Stage.DUE:
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def stated(numbers: list[int]) -> dict[int, Any]:
    """Return the last balances that count, by account."""
    if not numbers:
        return {}
    newest = (
        StatementBalance.objects.filter(account_number__in=numbers, is_live=True)
        .values("account_number")
        .annotate(last=models.Max("statement__sequence"))
    )
    wanted = {each["account_number"]: each["last"] for each in newest}
    found = StatementBalance.objects.filter(
        account_number__in=numbers, is_live=True, statement__sequence__in=set(wanted.values())
    ).select_related("statement")
    return {
        each.account_number: each
        for each in found
        if each.statement.sequence == wanted[each.account_number]
    }


def open_month(subject: Subject, month: date, *, now: datetime) -> OpenMonth:
    """Return what a month's statement would say now; of the accounts on top of it."""
    ends_at = moments.month_period(month).ends_at
    kept = [
        each
        for each in subjects.accounts_of(subject)
        if each.kind in subjects.HEADLINES[subject.side]
    ]
    before = stated([each.number for each in kept])
    given = [
        [each.number for each in kept],
        [subjects.sign_of(subject, each.kind) for each in kept],
        [before[each.number].taken_through if each.number in before else 0 for each in kept],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [*given, ends_at])
        added, taken, count = cursor.fetchone()
    return OpenMonth(
        subject=subject,
        month=month,
        stage=stage(month, now=now),
        ends_at=ends_at,
        issued_from=ends_at + grace(),
        opening_minor=sum(each.closing_minor for each in before.values()),
        added_minor=int(added),
        taken_minor=int(taken),
        lines=int(count),
    )
