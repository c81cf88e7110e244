"""However allocations, releases and retractions mix, slots say what the allocations say."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connections

from common import tenancy
from marketplace.catalog import services
from marketplace.catalog.models import Allocation, CapacitySlot, Listing
from tests.cast import NOW
from tests.catalog.supply import HOUR, allocate, hours, listed, wants

HORIZON = 24


def assert_slots_equal_allocations(listing: Listing, *, now: datetime) -> None:
    """Add up, hour by hour, what allocations hold; a release gave back what lay after it."""
    held = Allocation.objects.filter(listing=listing)
    slots = list(CapacitySlot.objects.filter(listing=listing))
    for hour in range(HORIZON):
        middle = NOW + hour * HOUR + HOUR / 2
        sold = sum(
            row.milli
            for row in held
            if row.starts_at <= middle < row.ends_at
            and (row.released_at is None or middle < row.released_at)
        )
        found = [slot for slot in slots if slot.starts_at <= middle < slot.ends_at]
        assert sum(slot.total_milli - slot.free_milli for slot in found) == sold, hour


def act(chance: random.Random, listings: list[Listing], placed: list, *, at: datetime) -> None:
    """Allocate a small batch, or give something back."""
    deed = chance.choices(["allocate", "release", "retract"], weights=[6, 3, 1])[0]
    if deed == "allocate" or not placed:
        requests = []
        for _ in range(chance.randint(1, 5)):
            start = chance.randint(0, HORIZON - 2)
            end = chance.randint(start + 1, HORIZON)
            requests.append(wants(chance.choice(listings), chance.randint(1, 4), hours(start, end)))
        result = allocate(*requests, at=at)
        placed += result.allocated
        return
    some = chance.sample(placed, k=min(len(placed), chance.randint(1, 3)))
    (services.release if deed == "release" else services.retract)(order_ids=some, at=at)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("seed", range(4))
def test_one_after_the_other(seed):
    chance = random.Random(seed)  # noqa: S311 - a repeatable story, no secret
    listings = [listed(cards=8) for _ in range(3)]
    placed: list = []

    for step in range(40):
        now = NOW + step * HOUR / 4
        act(chance, listings, placed, at=now)
        for listing in listings:
            assert_slots_equal_allocations(listing, now=now)


def test_eight_at_once(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        listings = [listed(cards=8) for _ in range(3)]

        def worker(seed: int) -> None:
            chance = random.Random(seed)  # noqa: S311 - a repeatable story, no secret
            placed: list = []
            try:
                for step in range(20):
                    act(chance, listings, placed, at=NOW + step * HOUR / 4)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(worker, range(8)))

        with tenancy.acting_as_platform():
            assert Allocation.objects.filter(state="RELEASED").exists()
            for listing in listings:
                assert_slots_equal_allocations(listing, now=NOW)
