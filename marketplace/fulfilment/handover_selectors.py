"""Reads of keys and of access. Row-level security decides whose; secrets are read by no list."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import Actor, CapacityUnit, ResourceForm
from marketplace.fulfilment.models import ComputeDelivery, Handover, HandoverKey, HandoverRequest


def handover_keys_for(actor: Actor) -> QuerySet[HandoverKey]:
    """Return the keys of an actor's organisation, the newest first, withdrawn ones too."""
    found = HandoverKey.objects.filter(organization_id=actor.organization_id)
    return found.order_by("-added_at", "-id")


def usable_keys(organization_id: UUID) -> list[HandoverKey]:
    """Return the keys with which an organisation asks for access, the newest first."""
    found = HandoverKey.objects.filter(organization_id=organization_id, withdrawn_at__isnull=True)
    return list(found.order_by("-added_at", "-id"))


def access_requests_of(delivery_id: UUID) -> list[HandoverRequest]:
    """Return what access to a delivery was asked for, the latest first."""
    found = HandoverRequest.objects.filter(delivery_id=delivery_id)
    return list(found.order_by("-sequence"))


def handovers_of(delivery_id: UUID) -> list[Handover]:
    """Return what was handed over of a delivery, the latest first, without what was sealed."""
    found = Handover.objects.filter(delivery_id=delivery_id).select_related("request")
    return list(found.defer("sealed").order_by("-sequence"))


def taken_secret(delivery_id: UUID, *, buyer_id: UUID, now: datetime) -> str:
    """Return the secret that a buyer took and may still take again; else nothing."""
    found = Handover.objects.filter(
        delivery_id=delivery_id, buyer_id=buyer_id, sealed__isnull=False, erase_at__gt=now
    )
    return found.values_list("sealed", flat=True).first() or ""


def handed_over(delivery_ids: Collection[UUID]) -> set[UUID]:
    """Return of which of some deliveries access was handed over."""
    found = Handover.objects.filter(delivery_id__in=delivery_ids)
    return set(found.values_list("delivery_id", flat=True))


def is_interface(delivery: ComputeDelivery) -> bool:
    """Return whether a programming interface is delivered: by its form, or sold by tokens."""
    listing = delivery.order.listing
    if listing is None:
        return False
    return listing.form == ResourceForm.API or listing.capacity_unit == CapacityUnit.TPS
