"""Reads of drivers. Row-level security decides whose."""

from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import Actor
from marketplace.drivers.contracts import CallState, DriverNotFound
from marketplace.drivers.models import (
    BatchJob,
    DrivenDelivery,
    DriverCall,
    DriverMessage,
    ProviderDriver,
)


def drivers_of(provider_id: UUID) -> QuerySet[ProviderDriver]:
    """Return the drivers of a provider, the latest first."""
    found = ProviderDriver.objects.filter(provider_id=provider_id, removed_at__isnull=True)
    return found.select_related("resource").order_by("-id")


def driver_of(driver_id: UUID, *, provider_id: UUID) -> ProviderDriver:
    """
    Return one driver of a provider.

    :raises DriverNotFound: if there is none, or it is someone else's (the two look alike)
    """
    found = drivers_of(provider_id).filter(pk=driver_id).first()
    if found is None:
        raise DriverNotFound
    return found


def driven(delivery_id: UUID) -> DrivenDelivery | None:
    """Return how a driver carries out a delivery; none where people do."""
    return DrivenDelivery.objects.filter(delivery_id=delivery_id).first()


def job_of(order_id: UUID) -> BatchJob | None:
    """Return what an order runs; none if it runs no job, or is someone else's."""
    return BatchJob.objects.filter(pk=order_id).first()


def calls_of(delivery_id: UUID) -> QuerySet[DriverCall]:
    """Return what a driver was told of a delivery, the earliest first."""
    return DriverCall.objects.filter(delivery_id=delivery_id).order_by("id")


def messages_of(delivery_id: UUID) -> QuerySet[DriverMessage]:
    """Return what a driver said of a delivery, the earliest first."""
    return DriverMessage.objects.filter(delivery_id=delivery_id).order_by("id")


def calls_for(actor: Actor) -> QuerySet[DriverCall]:
    """Return the calls that an actor may see, the latest first."""
    found = DriverCall.objects.select_related("delivery").order_by("-id")
    if actor.spans_tenants:
        return found
    return found.filter(provider_id=actor.organization_id)


def dead_calls(actor: Actor) -> QuerySet[DriverCall]:
    """Return the calls that were given up, the latest first."""
    return calls_for(actor).filter(state=CallState.DEAD)
