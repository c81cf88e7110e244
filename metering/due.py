"""The work of measuring that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from metering.contracts import WindowState
from metering.models import Window
from metering.month_models import ReadingMonth


def _windows(now: datetime) -> Due:
    due = Window.objects.filter(state=WindowState.OPEN, due_at__lte=now)
    return count_rows(due.order_by("due_at", "id"), "due_at")


def _months(now: datetime) -> Due:
    due = ReadingMonth.objects.filter(next_due_at__lte=now)
    return count_rows(due.order_by("next_due_at"), "next_due_at")


WORK: Final = (
    DueWork("windows", _("Windows to measure"), _windows),
    # Two months are there before the one that is missing begins.
    DueWork(
        "reading_months",
        _("Months of readings to make"),
        _months,
        late_after=timedelta(days=1),
    ),
)
