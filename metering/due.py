"""The work of measuring that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from metering.contracts import WindowState
from metering.models import Window


def _windows(now: datetime) -> Due:
    due = Window.objects.filter(state=WindowState.OPEN, due_at__lte=now)
    return count_rows(due.order_by("due_at", "id"), "due_at")


WORK: Final = (DueWork("windows", _("Windows to measure"), _windows),)
