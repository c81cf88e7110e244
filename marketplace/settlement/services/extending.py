"""An order goes on where it ends: with an order of its own, priced now and linked."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.period import Period
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderNotFound, OrderState, OrderWish
from marketplace.settlement.contracts import NotAnExtension
from marketplace.settlement.models import Contract, Extension


@transaction.atomic
def extend_order(*, order_id: UUID, buyer_id: UUID, wish: OrderWish, now: datetime) -> Any:
    """
    Place an order that goes on where a cleared one ends; the same key again is the same order.

    :raises OrderNotFound: if the order does not exist or is someone else's (the two look alike)
    :raises NotAnExtension: if it is not cleared, or the wish is for another listing or an earlier
        start
    :raises Refusal: what placing refuses
    """
    found = orders_selectors.order(order_id=order_id, organization_id=buyer_id)
    if found.buyer_id != buyer_id:
        raise OrderNotFound
    if not goes_on(found, wish):
        raise NotAnExtension(field="starts_at")
    placed = orders_services.place_order(buyer_id=buyer_id, wish=wish, placed_at=now)
    with tenancy.acting_as_platform():
        Extension.objects.get_or_create(
            order_id=placed.pk,
            defaults={"extends_id": found.pk, "buyer_id": buyer_id, "asked_at": now},
        )
    return placed


def goes_on(order: Any, wish: OrderWish) -> bool:
    """Tell whether a wish goes on after a cleared order, at its listing."""
    is_same = order.listing_id is not None and wish.listing_id == order.listing_id
    is_cleared = order.state == OrderState.CLEARED
    return is_cleared and is_same and wish.period.starts_at >= end_of(order)


def following(order: Any, wish: OrderWish, *, seconds: int) -> OrderWish:
    """Return a wish for the time after an order, at its listing."""
    start = end_of(order)
    period = Period(start, start + timedelta(seconds=seconds))
    return replace(wish, listing_id=order.listing_id, period=period)


def end_of(order: Any) -> datetime:
    """Return when an order ends: earlier than agreed where its buyer said so."""
    early = Contract.objects.filter(order_id=order.pk).values_list("ends_at", flat=True).first()
    ends_at: datetime = order.ends_at if early is None else early
    return ends_at
