"""The work of payments that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.payments.models import Movement, Reconciliation


def _movements(now: datetime) -> Due:
    due = Movement.objects.filter(due_at__lte=now).order_by("due_at", "id")
    return count_rows(due, "due_at")


def _reconciliations(now: datetime) -> Due:
    due = Reconciliation.objects.filter(due_at__lte=now).order_by("due_at")
    return count_rows(due, "due_at")


WORK: Final = (
    DueWork("movements", _("Payments to send or to look after"), _movements),
    DueWork(
        "reconciliations",
        _("Reconciliations"),
        _reconciliations,
        late_after=timedelta(minutes=30),
    ),
)
