"""Reads of conversations on deliveries: of their two parties, and of nobody else."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from identity.contracts import Actor
from marketplace.fulfilment import selectors
from marketplace.fulfilment.contracts import ComputeDeliveryNotFound
from marketplace.fulfilment.models import (
    ComputeDelivery,
    DeliveryChange,
    DeliveryMessage,
    TalkRead,
)
from marketplace.fulfilment.talk_contracts import (
    DeliveryChangeKind,
    DeliveryChangeState,
    TalkReading,
    TalkSide,
)


def party_of(
    delivery: ComputeDelivery | None, *, organization_id: UUID
) -> tuple[ComputeDelivery, TalkSide]:
    """
    Return a delivery and which of its two parties an organisation is.

    :raises ComputeDeliveryNotFound: if it is neither, or there is no delivery (they look alike)
    """
    if delivery is not None and organization_id == delivery.buyer_id:
        return delivery, TalkSide.BUYER
    if delivery is not None and organization_id == delivery.provider_id:
        return delivery, TalkSide.PROVIDER
    raise ComputeDeliveryNotFound


def own_delivery(delivery_id: UUID, *, actor: Actor) -> tuple[ComputeDelivery, TalkSide]:
    """
    Return a delivery of the actor's organisation, and which party it is; the market is none.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = selectors.delivery(delivery_id, actor=actor)
    return party_of(found, organization_id=actor.organization_id)


def order_of(delivery_id: UUID, *, organization_id: UUID) -> UUID:
    """
    Return the order of a delivery that an organisation is a party of.

    :raises ComputeDeliveryNotFound: if it is neither, or there is no delivery (they look alike)
    """
    row = ComputeDelivery.objects.filter(pk=delivery_id).first()
    found, _side = party_of(row, organization_id=organization_id)
    return found.order_id


def messages_of(delivery: ComputeDelivery) -> QuerySet[DeliveryMessage]:
    """Return the messages on a delivery, the latest first."""
    return DeliveryMessage.objects.filter(delivery_id=delivery.pk).order_by("-sequence")


def changes_of(delivery: ComputeDelivery) -> QuerySet[DeliveryChange]:
    """Return what was asked for of a delivery, the latest first."""
    return DeliveryChange.objects.filter(delivery_id=delivery.pk).order_by("-sequence")


def is_open_end(change_id: UUID) -> bool:
    """Tell whether a request asks for an end, and waits for its answer."""
    waits = DeliveryChange.objects.filter(pk=change_id, state=DeliveryChangeState.OPEN)
    return waits.filter(kind=DeliveryChangeKind.END).exists()


def agreed_ends() -> QuerySet[DeliveryChange]:
    """
    Return the ends that buyers and providers agreed on, as a query to narrow by.

    Of a moment before its start nothing follows: that one is cancelled by its buyer.
    """
    agreed = DeliveryChange.objects.filter(
        kind=DeliveryChangeKind.END, state=DeliveryChangeState.ACCEPTED
    )
    return agreed.filter(moment__gt=F("delivery__starts_at"))


def agreed_moments(order_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return, by order, the moment that was agreed on last as its end."""
    found = agreed_ends().filter(delivery__order_id__in=order_ids).order_by("closed_at", "id")
    pairs = found.values_list("delivery__order_id", "moment")
    return {order_id: moment for order_id, moment in pairs if moment is not None}


def reading_of(delivery: ComputeDelivery, side: TalkSide) -> TalkReading:
    """Return how far a side has read, and how many messages of the other side it has not."""
    row = TalkRead.objects.filter(delivery_id=delivery.pk, side=side).first()
    read = row.sequence if row else 0
    theirs = messages_of(delivery).exclude(side=side).filter(sequence__gt=read)
    return TalkReading(read=read, unread=theirs.count())
