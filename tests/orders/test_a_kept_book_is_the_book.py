"""What a worker keeps of a book is what it would read: whatever changed is read again."""

from datetime import timedelta

import pytest

from common import clock, tenancy
from identity.models import Organization
from marketplace.catalog import services as catalog
from marketplace.catalog.models import Book, Listing
from marketplace.orders import selectors
from marketplace.orders.models import Order
from marketplace.orders.selectors import kept
from pricing.models import RatePlanVersion
from tests.cast import NOW
from tests.catalog.supply import listed
from tests.orders.cast import buyer, clear, needs, place, seen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_kept():
    kept._books.by_mark.clear()


def snapshot(order, **facts):
    with tenancy.acting_as_platform():
        orders = [Order.objects.get(pk=order.pk)]
        values = {"book_id": order.book_id, "orders": orders, "at": NOW, "seed": ""}
        return selectors.snapshot(**values | facts)


def both(order, **facts):
    """Return a snapshot as it is with what is kept, and as it is read anew."""
    with_kept = snapshot(order, **facts)
    kept._books.by_mark.clear()
    return with_kept, snapshot(order, **facts)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: Listing.objects.filter(pk=one.pk).update(accepts_vouchers=False),
        lambda one: Listing.objects.filter(pk=one.pk).update(total_milli=3000),
        lambda one: Listing.objects.filter(pk=one.pk).update(state="PAUSED"),
        lambda one: Book.objects.filter(pk=one.book_id).update(least_milli=2000),
        lambda one: Organization.objects.filter(pk=one.provider_id).update(name="Another"),
        lambda one: RatePlanVersion.objects.filter(pk=one.plan_version_id).update(
            ends_at=clock.now() + HOUR
        ),
        lambda _one: listed(price="1"),
    ],
    ids=["vouchers", "units", "state", "least", "provider", "plan", "a new one"],
)
def test_a_change_of_any_row_is_seen(change):
    one = listed()
    listed(price="9")
    order = place(buyer("1000"), needs("H100", hub=one.hub))
    snapshot(order)
    with tenancy.acting_as_platform():
        change(one)

    now, anew = both(order)

    assert now == anew


def test_two_changes_of_one_transaction_are_told_apart():
    one = listed()
    order = place(buyer("1000"), needs("H100", hub=one.hub))
    with tenancy.acting_as_platform():
        Listing.objects.filter(pk=one.pk).update(total_milli=3000)
        first = snapshot(order)
        Listing.objects.filter(pk=one.pk).update(total_milli=2000)
        second = snapshot(order)

    assert [each.offers[0].total_milli for each in (first, second)] == [3000, 2000]


def test_what_is_not_changed_is_read_once():
    one = listed()
    order = place(buyer("1000"), needs("H100", hub=one.hub))
    first = snapshot(order)
    clear(one)

    second = snapshot(order)

    assert second.cards is first.cards
    assert [len(each.taken) for each in (*first.offers, *second.offers)] == [0, 1]


def test_a_plan_that_moves_on_is_not_kept_beyond_its_time():
    one = listed()
    order = place(buyer("1000"), needs("H100", hub=one.hub))
    change = clock.now() + HOUR
    with tenancy.acting_as_platform():
        RatePlanVersion.objects.filter(pk=one.plan_version_id).update(ends_at=change)
    book = snapshot(order)

    now, anew = both(order, at=change)

    assert now == anew
    assert book.offers == now.offers


def test_a_listing_that_left_and_came_back_sells_what_is_left():
    one = listed(cards=2)
    haichao = buyer("1000")
    first = place(haichao, needs("H100", hub=one.hub, cards="2"))
    clear(one)
    with tenancy.acting_as_platform():
        catalog.pause_listing(listing_id=one.pk, provider_id=one.provider_id, now=NOW)
        catalog.resume_listing(listing_id=one.pk, provider_id=one.provider_id, now=NOW)
    late = place(haichao, needs("H100", hub=one.hub))
    clear(one)

    assert (seen(first).state, seen(late).refusal_code) == ("CLEARED", "capacity_exhausted")
