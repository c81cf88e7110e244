"""Orders with which clearing fails: set aside with a reason, and tried again on a person's word."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from common import doorbell, reviews, tenancy
from marketplace.orders import telling
from marketplace.orders.contracts import (
    OrderNotFound,
    OrderReviewCode,
    OrderState,
    RefusalCode,
)
from marketplace.orders.event_names import OrderEvent
from marketplace.orders.models import ClearingTry, Order

logger = structlog.get_logger(__name__)


def set_aside(order: Order, code: OrderReviewCode, detail: str, *, at: datetime) -> None:
    """Let an order wait for a check. It stays placed, blocks nobody, and may be cancelled."""
    Order.objects.filter(pk=order.pk, state=OrderState.PLACED).update(
        **reviews.set_aside(code, detail, at=at)
    )
    telling.of_orders(OrderEvent.SET_ASIDE, [order], code=code)
    logger.error("orders.order.set_aside", order=order.number, code=code, detail=detail)


@transaction.atomic
def retry_order(*, order_id: UUID) -> Order:
    """
    Let an order that was set aside be cleared again.

    :raises OrderNotFound: if there is none that waits for a check
    """
    with tenancy.acting_as_platform():
        order = _waiting(order_id)
        Order.objects.filter(pk=order_id).update(**reviews.returned())
        ClearingTry.objects.filter(pk=order.book_id).delete()
        doorbell.ring("orders.waiting", book_id=order.book_id)
        order.refresh_from_db()
        telling.of_orders(OrderEvent.RETRIED, [order])
    return order


@transaction.atomic
def close_order(*, order_id: UUID, closing: reviews.Closing) -> Order:
    """
    Refuse an order that was set aside, for good. It was placed and no more, so it holds nothing.

    :raises OrderNotFound: if there is none that waits for a check
    """
    with tenancy.acting_as_platform():
        order = _waiting(order_id)
        Order.objects.filter(pk=order_id).update(
            state=OrderState.REJECTED,
            refusal_code=RefusalCode.CLOSED_IN_REVIEW,
            closed_at=closing.now,
            **reviews.returned(),
        )
        order.refresh_from_db()
        told = closing.facts | {"code": RefusalCode.CLOSED_IN_REVIEW}
        telling.of_orders(OrderEvent.REFUSED, [order], at=closing.now, **told)
    return order


def _waiting(order_id: UUID) -> Order:
    """Lock an order that waits for a check."""
    placed = Order.objects.filter(pk=order_id, state=OrderState.PLACED).exclude(review_code="")
    order = placed.select_for_update(no_key=True).first()
    if order is None:
        raise OrderNotFound
    return order
