"""Every lock of the orders room. Clearing takes its book first, then its orders in turn."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order

_BOOKS = 0x0B00  # the first half of the two-part key that names a book


def try_book(book_id: int) -> bool:
    """Take a book until the transaction ends; False if another worker is clearing it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_BOOKS, book_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def placed_orders(*, book_id: int, until: datetime, limit: int) -> list[Order]:
    """Lock the orders that wait longest in a book; one that is being cancelled is passed over."""
    return list(
        Order.objects.filter(book_id=book_id, state=OrderState.PLACED, placed_at__lte=until)
        .order_by("placed_at", "id")
        .select_for_update(skip_locked=True, no_key=True)[:limit]
    )


def order(*, order_id: UUID, buyer_id: UUID) -> Order | None:
    """Lock a buyer's order."""
    found = Order.objects.filter(pk=order_id, buyer_id=buyer_id)
    return found.select_for_update(no_key=True).first()


def orders(ids: Collection[UUID]) -> list[Order]:
    """Lock orders in id order, so two batches can never wait for each other."""
    return list(Order.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
