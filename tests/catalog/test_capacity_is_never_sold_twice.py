from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common.errors import InvalidInput
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import AllocationRequest
from marketplace.catalog.models import Allocation, CapacitySlot
from tests.cast import NOW
from tests.catalog.supply import HOUR, allocate, hours, listed, slots, wants

pytestmark = pytest.mark.usefixtures("platform")


def test_capacity_is_set_aside_for_exactly_the_ordered_time():
    listing = listed(cards=8)

    allocate(wants(listing, 3, hours(1, 5)), wants(listing, 2, hours(4, 6)))

    assert slots(listing) == [(1, 4, 5), (4, 5, 3), (5, 6, 6)]


def test_the_earlier_request_comes_first_and_each_is_all_or_none():
    listing = listed(cards=8)
    first, too_many, fits = wants(listing, 5), wants(listing, 4), wants(listing, 3)

    result = allocate(first, too_many, fits)

    assert result.allocated == (first.order_id, fits.order_id)
    assert [(refused.order_id, refused.code) for refused in result.refused] == [
        (too_many.order_id, "capacity_exhausted")
    ]
    assert slots(listing) == [(0, 1, 0)]
    assert Allocation.objects.count() == 2


def test_one_full_hour_refuses_the_whole_period():
    listing = listed(cards=8)
    allocate(wants(listing, 8, hours(2, 3)))

    result = allocate(wants(listing, 1, hours(0, 5)))

    assert result.refused[0].code == "capacity_exhausted"
    assert slots(listing) == [(2, 3, 0)]


def test_orders_next_to_each_other_share_no_moment():
    listing = listed(cards=8)

    result = allocate(wants(listing, 8, hours(0, 1)), wants(listing, 8, hours(1, 2)))

    assert len(result.allocated) == 2


@pytest.mark.parametrize(
    ("period", "code"),
    [
        (hours(-2, 1), "outside_availability"),
        (hours(9, 11), "outside_availability"),
        (hours(0, 10), None),
    ],
)
def test_capacity_is_sold_only_while_it_is_offered(period, code):
    listing = listed(available_until=NOW + 10 * HOUR)

    result = allocate(wants(listing, 1, period))

    assert [refused.code for refused in result.refused] == ([code] if code else [])


def test_a_paused_or_unknown_listing_sells_nothing():
    listing = listed()
    services.pause_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)
    unknown = AllocationRequest(uuid4(), uuid4(), hours(0, 1), 1000)

    result = allocate(wants(listing, 1), unknown)

    assert [refused.code for refused in result.refused] == ["listing_closed"] * 2
    assert not CapacitySlot.objects.exists()


def test_asking_again_changes_nothing_and_asking_for_more_is_refused():
    listing = listed(cards=8)
    request = wants(listing, 5)
    more = AllocationRequest(request.order_id, listing.pk, request.period, 6000)

    again = [allocate(request), allocate(request), allocate(more)]

    assert [result.allocated for result in again] == [(request.order_id,)] * 2 + [()]
    assert again[2].refused[0].code == "already_allocated"
    assert slots(listing) == [(0, 1, 3)]


@pytest.mark.parametrize("milli", [0, -1])
def test_nothing_and_less_cannot_be_asked_for(milli):
    listing = listed()

    with pytest.raises(InvalidInput):
        allocate(AllocationRequest(uuid4(), listing.pk, hours(0, 1), milli))


def test_release_gives_back_what_lies_ahead_and_only_once():
    listing = listed(cards=8)
    early, other = wants(listing, 3, hours(0, 10)), wants(listing, 2, hours(5, 20))
    allocate(early, other)

    at = NOW + 4 * HOUR
    released = [services.release(order_ids=[early.order_id], at=at) for _ in range(3)]

    assert released == [1, 0, 0]
    assert slots(listing) == [(0, 4, 5), (5, 10, 6), (10, 20, 6)]


def test_release_after_the_period_gives_nothing_back():
    listing = listed(cards=8)
    request = wants(listing, 3, hours(0, 2))
    allocate(request)

    services.release(order_ids=[request.order_id], at=NOW + 2 * HOUR)

    assert slots(listing) == [(0, 2, 5)]
    assert Allocation.objects.get().state == "RELEASED"


def test_what_never_cleared_is_taken_back_wholly_whenever_it_was():
    listing = listed(cards=8, available_from=NOW - 100 * HOUR)
    past, other = wants(listing, 8, hours(-50, 2)), wants(listing, 3, hours(5, 6))
    allocate(past, other)

    taken_back = [services.retract(order_ids=[past.order_id], at=NOW) for _ in range(2)]

    assert taken_back == [1, 0]
    assert slots(listing) == [(5, 6, 5)]
    assert allocate(past).allocated == (past.order_id,)


def test_a_batch_names_each_order_once():
    listing = listed(cards=8)
    request = wants(listing, 1)

    with pytest.raises(InvalidInput):
        allocate(request, request)

    assert slots(listing) == []


def test_released_capacity_sells_again():
    listing = listed(cards=8)
    request = wants(listing, 8)
    allocate(request)
    services.release(order_ids=[request.order_id], at=NOW)

    assert allocate(wants(listing, 8)).refused == ()


def test_the_register_sees_what_is_available():
    listing = listed(cards=8)
    request = wants(listing, 3)

    allocate(request)
    listing.resource.refresh_from_db()
    assert (listing.resource.available_milli, listing.resource.observed_at) == (5000, NOW)

    later = NOW + HOUR / 2
    services.release(order_ids=[request.order_id], at=later)
    listing.resource.refresh_from_db()
    assert (listing.resource.available_milli, listing.resource.observed_at) == (8000, later)


def test_hundreds_of_orders_cost_a_handful_of_statements(django_assert_max_num_queries):
    listings = [listed(cards=8) for _ in range(4)]
    requests = [
        wants(listings[number * 7 % 4], 1, hours(number % 7, number % 7 + 3))
        for number in range(300)
    ]

    with django_assert_max_num_queries(20):
        result = allocate(*requests)

    assert len(result.allocated) + len(result.refused) == 300
    assert len(result.allocated) > 60


def test_free_capacity_is_shown_without_gaps():
    listing = listed(cards=8)
    allocate(wants(listing, 3, hours(1, 2)))

    pieces = selectors.free_capacity(listing, hours(0, 3))

    assert [piece.free_milli for piece in pieces] == [8000, 5000, 8000]
    assert [piece.starts_at for piece in pieces] == [NOW, NOW + HOUR, NOW + 2 * HOUR]
    assert pieces[-1].ends_at == NOW + 3 * HOUR


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE catalog_capacityslot SET free_milli = -1",
        "UPDATE catalog_capacityslot SET free_milli = total_milli + 1",
        "UPDATE catalog_capacityslot SET ends_at = starts_at",
        "INSERT INTO catalog_capacityslot (listing_id, listing_seq, starts_at, ends_at,"
        " total_milli, free_milli) SELECT listing_id, listing_seq, starts_at + interval '1 s',"
        " ends_at, total_milli, total_milli FROM catalog_capacityslot",
        "UPDATE catalog_allocation SET milli = 0",
        "UPDATE catalog_allocation SET state = 'RELEASED'",
        "INSERT INTO catalog_allocation SELECT gen_random_uuid(), order_id, starts_at, ends_at,"
        " milli, state, allocated_at, released_at, listing_id, provider_id FROM catalog_allocation",
    ],
)
def test_the_database_refuses_what_would_oversell(attack):
    listing = listed(cards=8)
    allocate(wants(listing, 3))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)

    assert slots(listing) == [(0, 1, 5)]
