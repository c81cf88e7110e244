"""How large an organisation's orders usually are, and which are unusually large."""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from marketplace.orders.models import Order

LAST_ORDERS: Final = 20  # What is usual is the middle of so many of the last orders that cleared,
LEAST_ORDERS: Final = 5  # once there are so many.

_USUAL: Final = """
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY size), count(*) FROM (
        SELECT units_milli * extract(epoch FROM ends_at - starts_at)::bigint AS size
        FROM orders_order
        WHERE buyer_id = %s AND state IN ('CLEARED', 'SETTLED') AND import_run_id IS NULL
        ORDER BY id DESC LIMIT %s
    ) AS latest
"""


def unusual_orders(orders: Iterable[Order], *, buyer_id: UUID) -> list[Order]:
    """Return which orders of a buyer have to be said twice; see `is_unusual`."""
    usual: list[int | None] = []  # Asked once, and only if something depends on it.

    def least() -> int | None:
        if not usual:
            usual.append(_usual_size(buyer_id))
        return usual[0]

    return [each for each in orders if _is_unusual(_size(each), each.gross_minor, least)]


def is_unusual(*, buyer_id: UUID, units_milli: int, seconds: int, gross_minor: int | None) -> bool:
    """
    Tell whether an order has to be said twice: by its amount, or against what is usual.

    What costs little is never unusual, however much it is. A requirement has no price yet.
    """
    return _is_unusual(units_milli * seconds, gross_minor, lambda: _usual_size(buyer_id))


def _is_unusual(size: int, gross_minor: int | None, usual: Callable[[], int | None]) -> bool:
    if gross_minor is not None:
        if gross_minor >= settings.ORDERS_REPEAT_FROM_MINOR:
            return True
        if gross_minor < settings.ORDERS_REPEAT_NEVER_BELOW_MINOR:
            return False
    found = usual()
    return found is not None and size >= found * settings.ORDERS_REPEAT_MULTIPLE


def _size(order: Order) -> int:
    return order.units_milli * int((order.ends_at - order.starts_at).total_seconds())


def _usual_size(buyer_id: UUID) -> int | None:
    """Return the usual size of a buyer's orders: thousandths of a unit times seconds."""
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, [buyer_id, LAST_ORDERS])
        usual, count = cursor.fetchone()
    return int(usual) if count >= LEAST_ORDERS else None
