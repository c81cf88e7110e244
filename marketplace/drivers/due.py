"""The work of drivers that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.drivers.contracts import CallState
from marketplace.drivers.models import DrivenDelivery, DriverCall


def _planning(now: datetime) -> Due:
    due = DrivenDelivery.objects.filter(due_at__lte=now)
    return count_rows(due.order_by("due_at", "delivery_id"), "due_at")


def _calling(now: datetime) -> Due:
    due = DriverCall.objects.filter(state=CallState.WAITING, next_attempt_at__lte=now)
    return count_rows(due.order_by("next_attempt_at", "id"), "next_attempt_at")


WORK: Final = (
    DueWork("driver_steps", _("Steps of drivers to plan"), _planning),
    # A driver that rests may let its calls wait for longer than the market would.
    DueWork("driver_calls", _("Calls to drivers"), _calling, late_after=timedelta(minutes=30)),
)
