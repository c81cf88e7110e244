"""The work of orders that can be set aside."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.reviews import NOT_SET_ASIDE, ReviewKind
from marketplace.orders import services
from marketplace.orders.models import Order


def _orders() -> QuerySet[Order]:
    return Order.objects.filter(~NOT_SET_ASIDE)


KINDS: Final = (
    ReviewKind(
        "order",
        _("Order"),
        _("The order is refused. It was not cleared, so it holds no money."),
        _orders,
        retry=lambda pk: services.retry_order(order_id=UUID(pk)),
        close=lambda pk, closing: services.close_order(order_id=UUID(pk), closing=closing),
    ),
)
