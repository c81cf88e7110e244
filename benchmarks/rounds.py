"""Books, orders and rounds for the benchmarks of clearing and of the record of events."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ORDERS = 500
STARTS = 200  # hours in which orders may start


def open_book(provider: Any, *, region: str, plans: int) -> Any:
    """Return a listing of a new book; every listing has a plan of its own."""
    from tests.catalog import supply

    for number in range(plans):
        price = f"{2 + number * 7919 % plans / 200:.3f}"
        listing = supply.listed(provider, chip="H100", cards=900_000, price=price, region=region)
    return listing


def wishes(
    listing: Any, *, count: int = ORDERS, turn: int = 0, named: bool = False, now: datetime = NOW
) -> list[Any]:
    """Return orders for a listing or for whatever its book has, at hours of a turn of their own."""
    from common.period import Period
    from marketplace.orders.contracts import OrderWish, Requirement

    start = now + timedelta(hours=1 + turn % 30 * (STARTS + 10))
    what: dict[str, Any] = {"listing_id": listing.pk}
    if not named:
        what = {"requirement": Requirement(listing.resource_class, listing.hub, ())}
    return [
        OrderWish(
            key=uuid4().hex,
            units_milli=1000 + 250 * (order % 8),
            period=Period(
                start + timedelta(hours=order % STARTS), start + timedelta(hours=order % STARTS + 2)
            ),
            **what,
        )
        for order in range(count)
    ]


def place(buyer_id: UUID, wanted: Sequence[Any], *, now: datetime = NOW) -> float:
    """Place orders in one call; return how many a second."""
    from common import tenancy
    from marketplace.orders import services

    started = time.perf_counter()
    with tenancy.acting_as(buyer_id):
        services.place_orders(buyer_id=buyer_id, wishes=wanted, placed_at=now)
    return len(wanted) / (time.perf_counter() - started)


def clear(book_ids: Sequence[int], *, orders: int, now: datetime = NOW) -> float:
    """Clear everything that waits in books; return how many orders a second."""
    from marketplace.orders import services

    started = time.perf_counter()
    done = sum(
        round_.cleared for book_id in book_ids for round_ in _rounds(services, book_id, now=now)
    )
    seconds = time.perf_counter() - started
    if done != orders:
        message = f"{done} of {orders} orders cleared"
        raise RuntimeError(message)
    return orders / seconds


def _rounds(services: Any, book_id: int, *, now: datetime) -> Iterator[Any]:
    while True:
        done = services.clear_book(book_id=book_id, now=now, limit=ORDERS)
        yield done
        if not done.is_full:
            return


def orders_a_second(listing: Any, number: int) -> float:
    """Place orders for whatever the book has and clear them; return how many a second."""
    from tests.orders import cast

    buyer = cast.buyer("900000")
    place(buyer.pk, wishes(listing, turn=number))
    return clear([listing.book_id], orders=ORDERS)
