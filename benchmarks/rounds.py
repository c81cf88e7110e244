"""Rounds of a book with few and with many rate plans on offer, for `benchmarks.market`."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ORDERS = 500
STARTS = 200  # hours in which orders may start
BOOKS = {60: "520100", 600: "510116"}  # plans on offer, and the place of a book that has so many


def open_books(provider: Any) -> dict[int, Any]:
    """Return by its number of plans a listing of each book; every listing has a plan of its own."""
    from tests.catalog import supply

    books = {}
    for plans, region in BOOKS.items():
        for number in range(plans):
            price = f"{2 + number * 7919 % plans / 200:.3f}"
            listing = supply.listed(
                provider, chip="H100", cards=900_000, price=price, region=region
            )
        books[plans] = listing
    return books


def orders_a_second(listing: Any, number: int) -> float:
    """Place orders for whatever the book has and clear them; return how many a second."""
    from common import tenancy
    from common.period import Period
    from marketplace.orders import services
    from marketplace.orders.contracts import OrderWish, Requirement
    from tests.orders import cast

    buyer = cast.buyer("900000")
    start = NOW + timedelta(hours=1 + number * (STARTS + 10))
    wanted = Requirement(listing.resource_class, listing.hub, ())
    wishes = [
        OrderWish(
            key=uuid4().hex,
            units_milli=1000 + 250 * (order % 8),
            period=Period(
                start + timedelta(hours=order % STARTS), start + timedelta(hours=order % STARTS + 2)
            ),
            requirement=wanted,
        )
        for order in range(ORDERS)
    ]
    with tenancy.acting_as(buyer.pk):
        services.place_orders(buyer_id=buyer.pk, wishes=wishes, placed_at=NOW)
    started = time.perf_counter()
    done = services.clear_book(book_id=listing.book_id, now=NOW, limit=ORDERS)
    seconds = time.perf_counter() - started
    if done.cleared != ORDERS:
        message = f"{done.rejected} orders were rejected"
        raise RuntimeError(message)
    return ORDERS / seconds
