"""Reads of conversations about orders: of their two parties, and of nobody else."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common import tenancy
from marketplace.fulfilment import talk_rules
from marketplace.fulfilment.contracts import ComputeDeliveryNotFound
from marketplace.fulfilment.models import (
    ComputeDelivery,
    DeliveryChange,
    DeliveryMessage,
    TalkRead,
)
from marketplace.fulfilment.rules import OVER
from marketplace.fulfilment.talk_contracts import (
    DeliveryChangeKind,
    DeliveryChangeState,
    NobodyToTalkTo,
    TalkReading,
    TalkSide,
    TalkSubject,
)
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderNotFound, OrderState
from marketplace.orders.selectors import OrderParties


def subject_of(order_id: UUID, *, organization_id: UUID) -> tuple[TalkSubject, TalkSide]:
    """
    Return the order that is talked about, and which of its two parties an organisation is.

    A provider hears of an order that only waits at its listing once its buyer has written.

    :raises OrderNotFound: if it is neither, or there is no such order (the two look alike)
    :raises NobodyToTalkTo: if no provider is known of it yet
    """
    with tenancy.acting_as_platform():
        found = orders_selectors.parties_of(order_id)
        if found is None or organization_id not in (found.buyer_id, found.provider_id):
            raise OrderNotFound
        if found.provider_id is None:
            raise NobodyToTalkTo
        is_buyer = organization_id == found.buyer_id
        if not (is_buyer or found.is_matched or last_sequence(order_id)):
            raise OrderNotFound
        subject = _subject(found, found.provider_id)
    return subject, TalkSide.BUYER if is_buyer else TalkSide.PROVIDER


def subject_of_delivery(
    delivery_id: UUID, *, organization_id: UUID
) -> tuple[TalkSubject, TalkSide]:
    """
    Return the order of a delivery, and which of its two parties an organisation is.

    :raises ComputeDeliveryNotFound: if it is neither, or there is no delivery (they look alike)
    """
    found = ComputeDelivery.objects.filter(pk=delivery_id)
    is_party = Q(buyer_id=organization_id) | Q(provider_id=organization_id)
    order_id = found.filter(is_party).values_list("order_id", flat=True).first()
    if order_id is None:
        raise ComputeDeliveryNotFound
    return subject_of(order_id, organization_id=organization_id)


def _subject(found: OrderParties, provider_id: UUID) -> TalkSubject:
    delivery = ComputeDelivery.objects.filter(order_id=found.order_id).first()
    is_running = found.state == OrderState.CLEARED
    return TalkSubject(
        order_id=found.order_id,
        order_number=found.number,
        buyer_id=found.buyer_id,
        provider_id=provider_id,
        is_matched=found.is_matched,
        is_running=is_running and (delivery is None or delivery.state not in OVER),
        units_milli=found.units_milli,
        starts_at=found.starts_at,
        leaves_at=found.ends_at if delivery is None else delivery.leaves_at,
        closes_at=talk_rules.closes_at(found.closed_at),
        delivery_id=None if delivery is None else delivery.pk,
        listing_id=found.listing_id,
    )


def messages_of(order_id: UUID) -> QuerySet[DeliveryMessage]:
    """Return the messages about an order, the latest first."""
    return DeliveryMessage.objects.filter(order_id=order_id).order_by("-sequence")


def last_sequence(order_id: UUID) -> int:
    """Return the number of the last message about an order; 0 where there is none."""
    return messages_of(order_id).values_list("sequence", flat=True).first() or 0


def received_by(organization_id: UUID) -> QuerySet[DeliveryMessage]:
    """Return what others wrote to an organisation about all its orders, the latest first."""
    written = Q(buyer_id=organization_id, side=TalkSide.PROVIDER)
    written |= Q(provider_id=organization_id, side=TalkSide.BUYER)
    found = DeliveryMessage.objects.filter(written).annotate(is_unread=~Exists(_read_of()))
    return found.order_by("-id")


def _read_of() -> QuerySet[TalkRead]:
    """Return that the other side of a message has read it, as a query beside the message."""
    read = TalkRead.objects.filter(
        order_id=OuterRef("order_id"), sequence__gte=OuterRef("sequence")
    )
    return read.exclude(side=OuterRef("side"))


def unread_count(organization_id: UUID, *, most: int) -> int:
    """Return how many messages to an organisation are unread; of more than `most`, `most`."""
    unread = received_by(organization_id).filter(~Exists(_read_of())).order_by()
    return unread[:most].count()


def changes_of(order_id: UUID) -> QuerySet[DeliveryChange]:
    """Return what was asked for of an order, the latest first."""
    return DeliveryChange.objects.filter(order_id=order_id).order_by("-sequence")


def open_change(change_id: UUID, *, order_id: UUID) -> DeliveryChange | None:
    """Return a request about an order that waits for its answer."""
    waits = DeliveryChange.objects.filter(pk=change_id, order_id=order_id)
    return waits.filter(state=DeliveryChangeState.OPEN).first()


def agreed_ends() -> QuerySet[DeliveryChange]:
    """
    Return the ends that buyers and providers agreed on, as a query to narrow by.

    Of a moment before its start nothing follows: that one is cancelled by its buyer.
    """
    agreed = DeliveryChange.objects.filter(
        kind=DeliveryChangeKind.END, state=DeliveryChangeState.ACCEPTED
    )
    return agreed.filter(moment__gt=F("order__starts_at"))


def agreed_moments(order_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return, by order, the moment that was agreed on last as its end."""
    found = agreed_ends().filter(order_id__in=order_ids).order_by("closed_at", "id")
    pairs = found.values_list("order_id", "moment")
    return {order_id: moment for order_id, moment in pairs if moment is not None}


def reading_of(subject: TalkSubject, side: TalkSide) -> TalkReading:
    """Return how far a side has read, and how many messages of the other side it has not."""
    row = TalkRead.objects.filter(order_id=subject.order_id, side=side).first()
    read = row.sequence if row else 0
    return TalkReading(
        read=read,
        unread=unread_of(subject.order_id, side),
        closes_at=subject.closes_at,
    )


def unread_of(order_id: UUID, side: TalkSide) -> int:
    """Return how many messages of the other side about an order a side has not read."""
    return messages_of(order_id).exclude(side=side).filter(~Exists(_read_of())).count()
