"""What of orders waits for somebody, and how the market is busy: one statement each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import TruncHour

from identity.events import selectors as events
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import DUE, ClearingRound, Order
from marketplace.orders.selectors.listing import orders

# An identifier is made shortly before its row is written; clocks of processes may differ.
_SLACK: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class OrdersWaiting:
    """Orders of a buyer that wait to be cleared, and what they will ask for as far as is known."""

    orders: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class ClearedHour:
    """What the rounds of an hour came to."""

    hour: datetime
    cleared: int
    refused: int


def refused_lately(*, buyer_id: UUID, since: datetime) -> QuerySet[Order]:
    """Return a buyer's refused orders after which they asked for nothing in the same book."""
    again = Order.objects.filter(
        buyer_id=buyer_id, book_id=OuterRef("book_id"), placed_at__gt=OuterRef("closed_at")
    )
    found = orders(buyer_id=buyer_id).filter(state=OrderState.REJECTED, closed_at__gte=since)
    return found.filter(~Exists(again))


def orders_waiting_of(*, buyer_id: UUID) -> OrdersWaiting:
    """Return what of a buyer waits to be cleared."""
    found = Order.objects.filter(DUE, buyer_id=buyer_id)
    sums = found.aggregate(orders=Count("id"), gross_minor=Sum("gross_minor", default=0))
    return OrdersWaiting(**sums)


def starting(*, provider_id: UUID, now: datetime, until: datetime) -> QuerySet[Order]:
    """Return a provider's orders that begin soon, the first of them in front."""
    found = orders(provider_id=provider_id).filter(
        state=OrderState.CLEARED, starts_at__gt=now, starts_at__lte=until
    )
    return found.order_by("starts_at", "id")


def cleared_hours(*, since: datetime) -> list[ClearedHour]:
    """Return what the rounds of all books came to, hour by hour."""
    rows = (
        ClearingRound.objects.filter(
            id__gte=events.first_id(since - _SLACK), finished_at__gte=since
        )
        .annotate(hour=TruncHour("finished_at"))
        .order_by("hour")
        .values_list("hour")
        .annotate(Sum("cleared_count"), Sum("rejected_count"))
    )
    return [ClearedHour(*row) for row in rows]


def hours_cleared(*, buyer_ids: Collection[UUID], since: datetime) -> dict[UUID, Decimal]:
    """Return, by buyer, the unit-hours of its orders that cleared since a moment."""
    rows = (
        Order.objects.filter(buyer_id__in=buyer_ids, cleared_at__gte=since)
        .filter(state__in=[OrderState.CLEARED, OrderState.SETTLED])
        .values_list("buyer_id")
        .annotate(hours=Sum("unit_hours"))
    )
    return {buyer_id: hours or Decimal(0) for buyer_id, hours in rows}
