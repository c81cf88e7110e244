"""The work of fulfilment that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.fulfilment.models import ComputeDelivery, DeliveryChange, Handover
from marketplace.fulfilment.talk_contracts import DeliveryChangeState


def _advancing(now: datetime) -> Due:
    due = ComputeDelivery.objects.filter(next_at__isnull=False, next_at__lte=now)
    return count_rows(due.order_by("next_at", "id"), "next_at")


def _erasing(now: datetime) -> Due:
    due = Handover.objects.filter(sealed__isnull=False, erase_at__lte=now)
    return count_rows(due.order_by("erase_at", "id"), "erase_at")


def _telling(now: datetime) -> Due:
    due = Handover.objects.filter(tell_at__lte=now)
    return count_rows(due.order_by("tell_at", "id"), "tell_at")


def _expiring(now: datetime) -> Due:
    due = DeliveryChange.objects.filter(state=DeliveryChangeState.OPEN, expires_at__lte=now)
    return count_rows(due.order_by("expires_at", "id"), "expires_at")


WORK: Final = (
    DueWork("deliveries", _("Deliveries to move on"), _advancing),
    DueWork("taken_secrets", _("Taken secrets to erase"), _erasing),
    DueWork("expiring_keys", _("Keys for interfaces that expire to be told"), _telling),
    DueWork("delivery_changes", _("Requests for changes of orders to close"), _expiring),
)
