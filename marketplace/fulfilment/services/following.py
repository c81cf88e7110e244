"""
Deliveries follow what their provider's own agent says of the machines, under rules that say so.

An interruption counts from the moment of which the agent spoke, and lasts until the market hears
that it is up again: what lies between is charged to nobody. A word that comes after what happened
to the delivery since changes nothing before that: nothing is dated back behind it. A time that
began and ended between two looks is written down whole.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from common import tenancy
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing.contracts import Health
from gateway.sensing.selectors import StoodStill
from identity import services as identity_services
from identity.contracts import ResourceStatus
from marketplace.fulfilment import rules
from marketplace.fulfilment.contracts import DeliveryMove, DeliveryReason, FulfilmentState
from marketplace.fulfilment.models import ComputeDelivery
from marketplace.fulfilment.services.steps import in_order_of_resources, take_step

# How long after a time in which an agent said "down" the market still learns of it.
LOOK_BACK: Final = timedelta(hours=1)
FOLLOWED_MAX: Final = 500
UP: Final = (Health.OK, Health.DEGRADED)


@transaction.atomic
def follow_agents(*, now: datetime, limit: int = FOLLOWED_MAX) -> int:
    """
    Interrupt what runs on resources that stand still, and go on with what is up again.

    Runs that meet share the deliveries out; each may run twice, late or never. Return how many
    deliveries moved.
    """
    with tenancy.acting_as_platform():
        return _interrupt(now=now, limit=limit) + _go_on(now=now, limit=limit)


def stands_still(delivery: ComputeDelivery, resource_id: UUID | None, *, now: datetime) -> bool:
    """Return whether the agent of a delivery's provider says now that its resource is down."""
    if resource_id is None or delivery.rule not in rules.FOLLOWING:
        return False
    words = sensing_selectors.words_of_agents([resource_id], now)
    return words.get(resource_id) == Health.DOWN


def _interrupt(*, now: datetime, limit: int) -> int:
    told = sensing_selectors.stood_still(since=now - LOOK_BACK, at=now)
    if not told:
        return 0
    found = ComputeDelivery.objects.filter(
        state=FulfilmentState.RUNNING,
        rule__in=rules.FOLLOWING,
        leaves_at__gt=now,
        order__listing__resource_id__in=list(told),
    )
    moved = 0
    for delivery, shows in in_order_of_resources(_locked(found, limit)):
        assert shows is not None
        moved += _stop_while(delivery, shows, told[shows], now=now)
    return moved


def _stop_while(
    delivery: ComputeDelivery, resource_id: UUID, times: Sequence[StoodStill], *, now: datetime
) -> bool:
    """Interrupt a locked delivery for each of some times, unless more happened to it since."""
    before = delivery.steps_count
    for each in times:
        ends_at = now if each.ends_at is None else each.ends_at
        if ends_at <= delivery.changed_at:
            continue
        take_step(
            delivery,
            DeliveryMove.INTERRUPT,
            now=now,
            reason=DeliveryReason.AGENT_DOWN,
            at=min(each.starts_at, now),
        )
        if each.ends_at is not None:
            ready = DeliveryMove.READY
            take_step(delivery, ready, now=now, at=each.ends_at, resource_id=resource_id)
    return delivery.steps_count > before


def _go_on(*, now: datetime, limit: int) -> int:
    found = ComputeDelivery.objects.filter(
        state=FulfilmentState.INTERRUPTED,
        reason=DeliveryReason.AGENT_DOWN,
        leaves_at__gt=now,
        next_at__gt=now,  # What is overdue has failed, whatever is said now.
    )
    waiting = list(found.values_list("pk", "buyer_id", "provider_id", "order__listing__resource"))
    if not waiting:
        return 0
    words = sensing_selectors.words_of_agents({row[3] for row in waiting}, now)
    halted = identity_services.suspended({each for row in waiting for each in row[1:3]})
    up = [row[0] for row in waiting if words.get(row[3]) in UP and not halted & {row[1], row[2]}]
    standing = found.filter(pk__in=up).exclude(
        order__listing__resource__status=ResourceStatus.SUSPENDED
    )
    rows = _locked(standing, limit)
    for delivery, shows in in_order_of_resources(rows):
        take_step(delivery, DeliveryMove.READY, now=now, resource_id=shows)
    return len(rows)


def _locked(found: QuerySet[ComputeDelivery], limit: int) -> list[ComputeDelivery]:
    rows = found.order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])
