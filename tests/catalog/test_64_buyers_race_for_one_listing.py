"""Real threads on PostgreSQL. The negative control runs the same race without the lock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import DatabaseError, connections, transaction

from common import tenancy
from marketplace.catalog import locks
from marketplace.catalog.models import Allocation, CapacitySlot, Listing
from tests.catalog.supply import allocate, hours, listed, wants

BUYERS = 64


def race(listing: Listing) -> tuple[int, int]:
    """Let every buyer want one card at the same moment; return how many got one, and errors."""
    start = threading.Barrier(BUYERS)

    def buy(_number: int) -> int | None:
        try:
            with transaction.atomic():
                start.wait(timeout=30)
                return len(allocate(wants(listing, 1, hours(1, 2))).allocated)
        except DatabaseError:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(BUYERS) as pool:
        results = list(pool.map(buy, range(BUYERS)))
    return sum(result or 0 for result in results), results.count(None)


def sold(listing: Listing) -> tuple[int, int]:
    with tenancy.acting_as_platform():
        free = CapacitySlot.objects.filter(listing=listing).values_list("free_milli", flat=True)
        held = Allocation.objects.filter(listing=listing).count()
        return held, listing.total_milli - min(free, default=listing.total_milli)


@pytest.mark.parametrize("stock", [1, 7, 64, 100])
def test_sold_is_exactly_the_lesser_of_stock_and_demand(fresh_database, django_db_blocker, stock):
    with django_db_blocker.unblock():
        listing = listed(cards=stock)

        bought, errors = race(listing)

        assert (bought, errors) == (min(stock, BUYERS), 0)
        assert sold(listing) == (bought, bought * 1000)


def test_without_the_lock_the_race_happens_and_the_database_stops_it(
    fresh_database, django_db_blocker, monkeypatch
):
    together = threading.Barrier(BUYERS)

    def unlocked(ids):
        found = {row.pk: row for row in Listing.objects.filter(pk__in=ids)}
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=10)
        return found

    with django_db_blocker.unblock():
        listing = listed(cards=5)
        monkeypatch.setattr(locks, "listings", unlocked)

        bought, errors = race(listing)

        assert errors > 0, "the race did not happen: the test above would prove nothing"
        assert bought <= 5
        assert sold(listing) == (bought, bought * 1000)
