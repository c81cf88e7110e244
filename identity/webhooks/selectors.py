"""Reads of webhooks. An organisation sees its own endpoints and deliveries alone."""

from uuid import UUID

from django.db.models import QuerySet

from identity.webhooks.contracts import DeliveryNotFound, DeliveryState, EndpointNotFound
from identity.webhooks.models import Attempt, Delivery, Endpoint


def endpoints_of(organization_id: UUID) -> QuerySet[Endpoint]:
    """Return an organisation's endpoints, newest first."""
    return Endpoint.objects.filter(organization_id=organization_id, removed_at=None).order_by("-id")


def endpoint_of(*, organization_id: UUID, endpoint_id: UUID) -> Endpoint:
    """
    Return an organisation's endpoint.

    :raises EndpointNotFound: if there is none, or it is someone else's (the two look alike)
    """
    found = endpoints_of(organization_id).filter(pk=endpoint_id).first()
    if found is None:
        raise EndpointNotFound
    return found


def deliveries_of(*, organization_id: UUID, endpoint_id: UUID) -> QuerySet[Delivery]:
    """Return the deliveries of an endpoint, newest first."""
    return Delivery.objects.filter(
        organization_id=organization_id, endpoint_id=endpoint_id
    ).order_by("-id")


def deliveries_named(*, organization_id: UUID, name: str) -> QuerySet[Delivery]:
    """Return an organisation's deliveries of an event, newest first."""
    return Delivery.objects.filter(organization_id=organization_id, event_name=name).order_by("-id")


def delivery_of(*, organization_id: UUID, delivery_id: UUID) -> Delivery:
    """
    Return an organisation's delivery.

    :raises DeliveryNotFound: if there is none, or it is someone else's (the two look alike)
    """
    owned = Delivery.objects.filter(organization_id=organization_id, pk=delivery_id)
    found = owned.select_related("endpoint").first()
    if found is None:
        raise DeliveryNotFound
    return found


def attempts_of(delivery: Delivery) -> QuerySet[Attempt]:
    """Return the tries of a delivery, newest first."""
    return delivery.tries.order_by("-id")


def deliveries_set_aside() -> QuerySet[Delivery]:
    """Return the deliveries of everybody that wait for a person."""
    return Delivery.objects.exclude(review_code="")


def waiting_of(endpoint_id: UUID, *, limit: int) -> int:
    """Return how many deliveries of an endpoint wait; beyond the limit it is not counted on."""
    waiting = Delivery.objects.filter(endpoint_id=endpoint_id, state=DeliveryState.WAITING)
    return len(waiting.values_list("pk")[:limit])
