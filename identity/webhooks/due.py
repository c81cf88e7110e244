"""The work of webhooks that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.reviews import NOT_SET_ASIDE
from identity.webhooks.contracts import DeliveryState
from identity.webhooks.models import Delivery


def _deliveries(now: datetime) -> Due:
    due = Delivery.objects.filter(
        NOT_SET_ASIDE, state=DeliveryState.WAITING, next_attempt_at__lte=now
    )
    return count_rows(due.order_by("endpoint", "next_attempt_at"), "next_attempt_at")


WORK: Final = (
    # A receiver that is away holds its own deliveries up, and nobody else's.
    DueWork("webhooks", _("Webhooks to deliver"), _deliveries, late_after=None),
)
