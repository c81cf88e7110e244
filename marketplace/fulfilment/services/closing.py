"""Deliveries that end: with their orders, earlier, or before they began."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.fulfilment import rules
from marketplace.fulfilment.contracts import (
    DELIVERY,
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
)
from marketplace.fulfilment.models import ComputeDelivery, DeliveryChange, PreemptionNotice
from marketplace.fulfilment.services.key_waiting import is_key_missing
from marketplace.fulfilment.services.steps import take_step
from marketplace.fulfilment.talk_contracts import DeliveryChangeKind, DeliveryChangeState
from marketplace.orders import services as orders_services


@transaction.atomic
def close(*, ended: Mapping[UUID, datetime], now: datetime) -> int:
    """Let deliveries exit whose orders have ended, at their end; return how many still ran."""
    with tenancy.acting_as_platform():
        found = ComputeDelivery.objects.filter(order_id__in=ended.keys(), next_at__isnull=False)
        locked = list(found.order_by("pk").select_for_update(no_key=True))
        for delivery in locked:
            end_delivery(delivery, at=min(ended[delivery.order_id], now), now=now)
        return len(locked)


@transaction.atomic
def shorten(*, order_id: UUID, leaves_at: datetime) -> None:
    """Let a delivery exit earlier, since its contract ends early; never later than before."""
    with tenancy.acting_as_platform():
        found = ComputeDelivery.objects.filter(order_id=order_id, next_at__isnull=False)
        for delivery in found.select_for_update(no_key=True):
            leave_earlier(delivery, leaves_at)


def leave_earlier(delivery: ComputeDelivery, leaves_at: datetime) -> None:
    """Let a locked delivery that is not over exit earlier; never later than before."""
    delivery.leaves_at = min(delivery.leaves_at, leaves_at)
    delivery.next_at = rules.next_at(
        FulfilmentState(delivery.state),
        rules.DELIVERIES.rule(delivery.rule),
        since=delivery.changed_at,
        opened_at=delivery.opened_at,
        starts_at=delivery.starts_at,
        ends_at=delivery.ends_at,
        leaves_at=delivery.leaves_at,
        ready_until=delivery.ready_by,
        waits_for_key=delivery.key_wanted_at is not None,
    )
    delivery.save(update_fields=["leaves_at", "next_at"])


def end_delivery(
    delivery: ComputeDelivery, *, at: datetime, now: datetime, resource_id: UUID | None = None
) -> None:
    """
    Move a locked delivery on whose time is over: it exits, or it never was delivered.

    What its provider takes back with notice ends at that moment, and for that reason; so does what
    both of its parties agreed to end.
    """
    at = min(at, delivery.leaves_at)
    if delivery.state in (FulfilmentState.RUNNING, FulfilmentState.INTERRUPTED):
        move, why = DeliveryMove.EXIT, _as_ordered(delivery, at=at)
    else:
        move, why = DeliveryMove.FAIL, never_ready(delivery)
    if is_taken_back(delivery, now=now):
        why = DeliveryReason.PREEMPTED
    take_step(delivery, move, now=now, reason=why, at=at, resource_id=resource_id)


def _as_ordered(delivery: ComputeDelivery, *, at: datetime) -> DeliveryReason:
    """Return why what ran exits with its time: it was ordered until then, or both agreed on it."""
    agreed = DeliveryChange.objects.filter(
        order_id=delivery.order_id,
        kind=DeliveryChangeKind.END,
        state=DeliveryChangeState.ACCEPTED,
        moment__lte=at,
    )
    if at < delivery.ends_at and agreed.exists():
        return DeliveryReason.AGREED_END
    return DeliveryReason.ORDER_ENDED


def never_ready(delivery: ComputeDelivery) -> DeliveryReason:
    """Return why a locked delivery was not ready: its buyer named no key, or its provider."""
    if is_key_missing(delivery):
        return DeliveryReason.ACCESS_NOT_ASKED
    return DeliveryReason.NOT_READY_IN_TIME


def is_taken_back(delivery: ComputeDelivery, *, now: datetime) -> bool:
    """Return whether a locked delivery's time is over because notice was given of it."""
    if not delivery.preemption_rule or delivery.state in rules.OVER or delivery.leaves_at > now:
        return False
    notices = PreemptionNotice.objects.filter(delivery=delivery)
    return notices.filter(takes_back_at=delivery.leaves_at).exists()


def return_holds(delivery: ComputeDelivery, *, now: datetime) -> None:
    """Give back what a delivery's order holds that is over before its time has come."""
    return_all_holds([delivery], now=now)


def return_all_holds(deliveries: Iterable[ComputeDelivery], *, now: datetime) -> None:
    """
    Give back what orders hold whose locked deliveries are over before their time, capacity first.

    All at once, after the last of the deliveries has moved: what is locked for one order is never
    waited for by who holds what another needs. From its start on the holds of an order are its
    contract's: settlement ends that. What its buyer cancelled meanwhile holds nothing.
    """
    over = (FulfilmentState.FAILED, FulfilmentState.EXITED)
    early = [each.order_id for each in deliveries if each.state in over and each.starts_at > now]
    if early:
        orders_services.call_off_orders(order_ids=early, now=now, by=DELIVERY)
