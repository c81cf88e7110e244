"""
Deliveries stop in the transaction in which a party, or the resource, is suspended.

What runs is interrupted, and charged no further; what is being prepared waits. The terms of the
delivery run on: what is not restored, or not ready, in time has failed, and its holds return. Once
the suspension is lifted the provider says that it is ready, as after every interruption.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common import clock, tenancy
from identity import selectors as identity_selectors
from identity.contracts import ResourceStatus
from marketplace.fulfilment import rules, telling
from marketplace.fulfilment.contracts import DeliveryMove, DeliveryReason, FulfilmentState
from marketplace.fulfilment.event_names import DeliveryEvent
from marketplace.fulfilment.models import ComputeDelivery
from marketplace.fulfilment.services.steps import take_step


@transaction.atomic
def halt_of_organization(organization_id: UUID, now: datetime) -> int:
    """Stop what is delivered by or to an organisation that is suspended now; return how many."""
    by = halt_deliveries(
        Q(provider_id=organization_id), reason=DeliveryReason.PROVIDER_SUSPENDED, now=now
    )
    to = halt_deliveries(
        Q(buyer_id=organization_id), reason=DeliveryReason.BUYER_SUSPENDED, now=now
    )
    return by + to


def follow_resource(resource_id: UUID) -> Callable[[], None]:
    """Lock what runs on a resource that is about to change; return what stops it if need be."""
    runs_there = Q(order__listing__resource_id=resource_id)
    with tenancy.acting_as_platform():
        _locked(runs_there)

    def stop() -> None:
        if identity_selectors.resource(resource_id).status == ResourceStatus.SUSPENDED:
            halt_deliveries(runs_there, reason=DeliveryReason.RESOURCE_SUSPENDED, now=clock.now())

    return stop


@transaction.atomic
def halt_deliveries(which: Q, *, reason: DeliveryReason, now: datetime) -> int:
    """Interrupt what runs among some deliveries, and tell of what waits; return how many."""
    with tenancy.acting_as_platform():
        found = _locked(which)
        for delivery in found:
            if delivery.state == FulfilmentState.RUNNING:
                take_step(delivery, DeliveryMove.INTERRUPT, now=now, reason=reason)
        waiting = [each for each in found if each.state in rules.BEFORE_READY]
        telling.of_deliveries(DeliveryEvent.HALTED, waiting, at=now, because=reason)
    return len(found)


def _locked(which: Q) -> list[ComputeDelivery]:
    states = (FulfilmentState.RUNNING, *rules.BEFORE_READY)
    found = ComputeDelivery.objects.filter(which, state__in=states).order_by("pk")
    return list(found.select_for_update(of=("self",), no_key=True))
