"""What the market does by itself: ask, remind itself, end."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import tenancy
from marketplace.fulfilment import rules
from marketplace.fulfilment.contracts import (
    AdvancingRun,
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
)
from marketplace.fulfilment.models import ComputeDelivery
from marketplace.fulfilment.services.closing import (
    end_delivery,
    never_ready,
    return_all_holds,
)
from marketplace.fulfilment.services.opening import open_deliveries
from marketplace.fulfilment.services.steps import in_order_of_resources, take_step
from marketplace.orders.contracts import OrderState

DUE_MAX: Final = 500


@transaction.atomic
def advance(*, now: datetime, limit: int = DUE_MAX) -> AdvancingRun:
    """
    Open what cleared, call off what was cancelled, and end what is overdue or over.

    Runs that meet share the deliveries out; each may run twice, late or never.
    """
    with tenancy.acting_as_platform():
        opened = open_deliveries(now=now)
        cancelled = _locked(limit, state__in=rules.BEFORE_READY, order__state=OrderState.CANCELLED)
        for delivery in cancelled:
            why = DeliveryReason.ORDER_CANCELLED
            take_step(delivery, DeliveryMove.CALL_OFF, now=now, reason=why)
        failed = exited = 0
        due = in_order_of_resources(_locked(limit, next_at__lte=now))
        for delivery, shows in due:
            if delivery.leaves_at <= now:
                end_delivery(delivery, at=delivery.leaves_at, now=now, resource_id=shows)
            elif delivery.state == FulfilmentState.INTERRUPTED:
                why = DeliveryReason.NOT_RESTORED_IN_TIME
                take_step(delivery, DeliveryMove.FAIL, now=now, reason=why, resource_id=shows)
            else:
                why = _not_in_time(delivery, now=now)
                take_step(delivery, DeliveryMove.FAIL, now=now, reason=why, resource_id=shows)
            exited += delivery.state == FulfilmentState.EXITED
            failed += delivery.state == FulfilmentState.FAILED
        return_all_holds([delivery for delivery, _shows in due], now=now)
        return AdvancingRun(opened, failed, exited, len(cancelled))


def _not_in_time(delivery: ComputeDelivery, *, now: datetime) -> DeliveryReason:
    """Return why a delivery fails that never ran: no key, no answer, or it was not ready."""
    if delivery.key_wanted_at is not None:
        return never_ready(delivery)
    is_silent = delivery.state == FulfilmentState.PREPARING and delivery.answer_by is not None
    if is_silent and now < delivery.starts_at:
        return DeliveryReason.NOT_ANSWERED_IN_TIME
    return DeliveryReason.NOT_READY_IN_TIME


def _locked(limit: int, **which: object) -> list[ComputeDelivery]:
    found = ComputeDelivery.objects.filter(**which).order_by("next_at", "id")
    return list(found.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])
