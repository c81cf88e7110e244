"""The statements of a month for everybody, a set of subjects at a time."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from common import moments, tenancy
from ledger import selectors as ledger_selectors
from marketplace.statements import subjects
from marketplace.statements.contracts import NothingToState, StatementIssued, Subject
from marketplace.statements.models import StatementRound
from marketplace.statements.selectors import months
from marketplace.statements.services.issuing import issue_statement

SUBJECTS_MAX: Final = 50


@transaction.atomic
def begin_rounds(*, now: datetime) -> int:
    """Write down every month whose time has come and that has no round yet."""
    with tenancy.acting_as_platform():
        last = StatementRound.objects.order_by("-month").first()
        month = _after(last.month) if last else _first_month()
        made = []
        while month is not None and now >= _due_at(month):
            made.append(StatementRound(month=month, due_at=_due_at(month)))
            month = _after(month)
        StatementRound.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


@transaction.atomic
def issue_due(*, now: datetime, limit: int = SUBJECTS_MAX) -> bool:
    """Issue the next statements of the oldest round; return whether there is more to do."""
    with tenancy.acting_as_platform():
        due = StatementRound.objects.filter(due_at__lte=now).order_by("month")
        turn = due.select_for_update(no_key=True, skip_locked=True).first()
        if turn is None or turn.month != due.values_list("month", flat=True).first():
            return False  # Somebody else is at it: months go one after another.
        seen = 0
        for subject in subjects.all_of_them(after=turn.reached):
            if seen == limit:
                break
            seen += 1
            turn.issued += _issued(subject, turn.month, now)
            turn.reached = subjects.place(subject)
        if seen < limit:
            turn.due_at = None
        turn.save(update_fields=["issued", "reached", "due_at"])
    return True


def _issued(subject: Subject, month: date, now: datetime) -> int:
    try:
        with transaction.atomic():
            issue_statement(subject=subject, month=month, now=now)
    except (NothingToState, StatementIssued):
        return 0
    return 1


def _first_month() -> date | None:
    first = ledger_selectors.first_effect()
    return moments.market_date(first).replace(day=1) if first else None


def _after(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _due_at(month: date) -> datetime:
    return moments.month_period(month).ends_at + months.grace()
