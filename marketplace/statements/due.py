"""The work of statements that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.statements.models import AccountMonitor, StatementRound


def _rounds(now: datetime) -> Due:
    return count_rows(StatementRound.objects.filter(due_at__lte=now).order_by("due_at"), "due_at")


def _monitors(now: datetime) -> Due:
    due = AccountMonitor.objects.filter(ended_at=None, due_at__lte=now).order_by("due_at")
    return count_rows(due, "due_at")


WORK: Final = (
    DueWork(
        "statements", _("Months whose statements are due"), _rounds, late_after=timedelta(days=1)
    ),
    DueWork("monitors", _("Accounts to look at"), _monitors, late_after=timedelta(minutes=30)),
)
