"""Orders one by one and in lists."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMinute

from common.ids import first_uuid7_of
from marketplace.orders.contracts import (
    ImportedLine,
    ImportState,
    OrderNotFound,
    OrderState,
    RoundNotFound,
)
from marketplace.orders.models import (
    DUE,
    WAITING,
    ClearingRound,
    ImportedRow,
    ImportRun,
    Order,
)
from marketplace.orders.selectors.halts import halted_books

# Columns that no list shows.
_WIDE: Final = ("lines", "listing__search_grams", "wanted_listing__search_grams")
# Keys are made by the clocks of programs, and times by the database's.
CLOCKS_APART: Final = timedelta(minutes=5)
_ROUND_NUMBER: Final = re.compile(r"B-[0-9]{8}-[0-9]{1,12}", re.ASCII)


def orders(*, buyer_id: UUID | None = None, provider_id: UUID | None = None) -> QuerySet[Order]:
    """Return the orders of a buyer or of a provider, or all, newest first."""
    found = _whole().defer(*_WIDE).order_by("-id")
    if buyer_id is not None:
        found = found.filter(buyer_id=buyer_id)
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    return found


def orders_of(*, organization_id: UUID | None = None) -> QuerySet[Order]:
    """Return what an organisation bought or sold, or all orders, newest first."""
    if organization_id is None:
        return orders()
    return orders().filter(_party(organization_id))


def unfinished_count(*, organization_id: UUID) -> int:
    """Return how many orders that an organisation bought or sells are neither settled nor over."""
    open_states = (OrderState.PLACED, OrderState.CLEARED)
    return Order.objects.filter(_party(organization_id), state__in=open_states).count()


def orders_by_book(*, order_ids: Collection[UUID]) -> dict[int, list[UUID]]:
    """Return orders by the book that they stand in."""
    found: dict[int, list[UUID]] = {}
    rows = Order.objects.filter(pk__in=order_ids).order_by("pk").values_list("book_id", "pk")
    for book_id, order_id in rows:
        found.setdefault(book_id, []).append(order_id)
    return found


def order(*, order_id: UUID, organization_id: UUID | None = None) -> Order:
    """
    Return an order; with `organization_id`, only one that this organisation bought or sells.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    """
    companions = Order.objects.filter(beside_id=OuterRef("pk"))
    found = _whole().filter(pk=order_id).annotate(has_companions=Exists(companions))
    if organization_id is not None:
        found = found.filter(_party(organization_id))
    result = found.first()
    if result is None:
        raise OrderNotFound
    return result


def ordered_together(order: Any) -> list[Order]:
    """Return all that was ordered together with an order of `order`, itself too; else nothing."""
    if order.beside_id is None and not order.has_companions:
        return []
    first = order.beside_id or order.pk
    found = Order.objects.select_related("wanted_listing").filter(Q(pk=first) | Q(beside_id=first))
    return list(found.order_by("pk"))


def _whole() -> QuerySet[Order]:
    return Order.objects.select_related(
        "buyer", "provider", "book", "listing", "wanted_listing", "project"
    )


def _party(organization_id: UUID) -> Q:
    return Q(buyer_id=organization_id) | Q(provider_id=organization_id)


def cleared_orders() -> QuerySet[Order]:
    """Return the orders that are cleared and not settled, with their listings and covers."""
    return (
        Order.objects.filter(state=OrderState.CLEARED)
        .select_related("listing")
        .prefetch_related("covers")
        .order_by("id")
    )


def running_imports() -> list[UUID]:
    """Return the imports at work, or killed at it: their orders are theirs alone."""
    running = ImportRun.objects.filter(state=ImportState.RUNNING)
    return list(running.order_by("id").values_list("id", flat=True))


def unfinished_imports() -> QuerySet[ImportRun]:
    """Return the imports at work, killed at it, or ended with open orders; the oldest first."""
    still = Order.objects.filter(import_run=OuterRef("pk"), closed_at__isnull=True)
    is_open = Q(state=ImportState.RUNNING) | Q(Exists(still), state=ImportState.INCOMPLETE)
    return ImportRun.objects.filter(is_open).order_by("started_at", "id")


def open_orders_of(run_id: UUID) -> dict[str, int]:
    """Return how many orders of an import are still open, by state."""
    found = Order.objects.filter(import_run_id=run_id, closed_at__isnull=True)
    return dict(found.order_by("state").values_list("state").annotate(count=Count("id")))


def imported_lines(order_ids: Collection[UUID]) -> dict[UUID, ImportedLine]:
    """Return the line that each of some orders was made of."""
    rows = ImportedRow.objects.filter(order_id__in=order_ids)
    return {row.order_id: ImportedLine(row.line, row.content_hash) for row in rows}


def books_waiting(*, now: datetime, limit: int) -> list[int]:
    """
    Return the books in which orders wait to be cleared, those that wait longest first.

    Orders of an import wait for nobody but it, and those of a halted book until it is resumed.
    """
    waiting = (
        Order.objects.filter(DUE, placed_at__lte=now)
        .exclude(book_id__in=halted_books(at=now))
        .order_by("book_id", "placed_at")
        .distinct("book_id")
        .values_list("placed_at", "book_id")
    )
    return [book_id for _placed_at, book_id in sorted(waiting)[:limit]]


def clearing_count(*, buyer_id: UUID) -> int:
    """Return how many orders of a buyer wait to be cleared."""
    return Order.objects.filter(DUE, buyer_id=buyer_id).count()


def due_count(*, book_id: int, now: datetime, limit: int) -> int:
    """Return how many orders wait to be cleared in a book, counted up to a limit."""
    return Order.objects.filter(DUE, book_id=book_id, placed_at__lte=now)[:limit].count()


def waiting_count(*, book_id: int) -> int:
    """Return how many orders of the market wait in a book."""
    return Order.objects.filter(DUE, book_id=book_id).count()


def orders_for_review() -> QuerySet[Order]:
    """Return the orders that were set aside, the longest first."""
    return Order.objects.exclude(review_code="").order_by("review_since", "id")


def queue_position(order: Order) -> tuple[int, int]:
    """Return an order's place among those that wait in its book, and how many they are."""
    waiting = Order.objects.filter(WAITING, book_id=order.book_id, import_run=order.import_run_id)
    before = Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, pk__lte=order.pk)
    return waiting.filter(before).count(), waiting.count()


def clearing_round(*, number: str) -> ClearingRound:
    """
    Return a round with its snapshot and result.

    :raises RoundNotFound: if there is none
    """
    is_number = _ROUND_NUMBER.fullmatch(number)
    found = ClearingRound.objects.filter(number=number).first() if is_number else None
    if found is None:
        raise RoundNotFound
    return found


def placed_by_minute(*, since: datetime, until: datetime) -> dict[datetime, int]:
    """Return how many orders people and programs placed in each minute; imports are left out."""
    found = Order.objects.filter(
        # Keys rise with the time: only the newest of them are looked at, not the whole table.
        pk__gte=first_uuid7_of(since - CLOCKS_APART),
        placed_at__gte=since,
        placed_at__lt=until,
        import_run__isnull=True,
    )
    minutes = found.order_by().annotate(minute=TruncMinute("placed_at"))
    return dict(minutes.values_list("minute").annotate(count=Count("id")))
