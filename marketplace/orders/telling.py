"""How this room tells the record of events."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from identity.events import services as events
from marketplace.orders.community_contracts import CommunityQuota
from marketplace.orders.event_names import (
    ORDER,
    BookEvent,
    CommunityEvent,
    ImportEvent,
    OrderEvent,
    RateEvent,
)
from marketplace.orders.models import BookHalt, ClearingRound, ImportRun, Order, OrderRate


def of_placed(orders: Iterable[Order]) -> None:
    """Record that orders were placed, each at its own time."""
    events.record(_of_order(OrderEvent.PLACED, order, order.placed_at, {}) for order in orders)


def of_orders(
    name: OrderEvent, orders: Iterable[Order], *, at: datetime | None = None, **facts: Any
) -> None:
    """Record that the same happened to orders, for the buyer and who provides them."""
    events.record(_of_order(name, order, at, facts) for order in orders)


def _of_order(
    name: OrderEvent, order: Order, at: datetime | None, facts: Mapping[str, Any]
) -> events.Event:
    return events.Event(
        name=name,
        object_kind=ORDER,
        object_id=order.pk,
        object_label=order.number,
        concerns=[each for each in (order.buyer_id, order.provider_id) if each],
        facts=facts,
        at=at,
    )


def round_cleared(cleared: ClearingRound) -> events.Event:
    """Return that a round took place, for the market alone: it tells what many want."""
    return events.Event(
        name=OrderEvent.ROUND_CLEARED,
        object_kind="round",
        object_id=cleared.pk,
        object_label=cleared.number,
        facts={
            "book_id": cleared.book_id,
            "cleared": cleared.cleared_count,
            "rejected": cleared.rejected_count,
        },
        at=cleared.finished_at,
    )


def of_halt(name: BookEvent, halt: BookHalt, *, book: str, reason: str) -> None:
    """Record that a book was halted or resumed; it concerns everybody who trades."""
    event = events.Event(
        name=name,
        object_kind="book",
        object_id=book,
        object_label=book,
        facts={"reason": reason, "until": halt.until},
    )
    events.record([event])


def of_rate(rate: OrderRate) -> None:
    """Record how often an organisation may order and cancel; it is told."""
    event = events.Event(
        name=RateEvent.SET,
        object_kind="organization",
        object_id=rate.organization_id,
        concerns=[rate.organization_id],
        facts={
            "placed_per_minute": rate.placed_per_minute,
            "cancelled_per_minute": rate.cancelled_per_minute,
            "reason": rate.reason,
        },
    )
    events.record([event])


def of_quota(name: CommunityEvent, quota: CommunityQuota, *, buyer_id: UUID) -> None:
    """Record how much of its community capacity a member has taken in a month."""
    event = events.Event(
        name=name,
        object_kind="organization",
        object_id=buyer_id,
        concerns=[buyer_id],
        facts={
            "month": f"{quota.month:%Y-%m}",
            "unit": quota.unit,
            "used_hours": quota.used_hours,
            "most_hours": quota.most_hours,
        },
    )
    events.record([event])


def of_import(name: ImportEvent, run: ImportRun, **facts: Any) -> None:
    """Record something of an import, for whom it is made; its lines are records of their own."""
    event = events.Event(
        name=name,
        object_kind="import",
        object_id=run.pk,
        object_label=run.source,
        concerns=[run.organization_id] if run.organization_id else [],
        facts=facts,
    )
    events.record([event])
