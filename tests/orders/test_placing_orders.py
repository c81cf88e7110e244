from datetime import timedelta
from uuid import uuid4

import pytest

from common import tenancy
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import CapacityRefused, ListingNotFound
from marketplace.catalog.contracts import ListingClosed as NotOpen
from marketplace.catalog.contracts import OutsideAvailability as NotOffered
from marketplace.orders.contracts import (
    InvalidOrder,
    NoEligibleListing,
    OrderKeyReused,
    OrderState,
    OrderWish,
    QuoteMismatch,
    Requirement,
)
from marketplace.orders.models import Order
from marketplace.orders.services.quoted import QuoteUsed
from pricing.contracts import QuoteExpired
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import NOW, START, buyer, needs, place, seen, wish

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def orders():
    with tenancy.acting_as_platform():
        return Order.objects.count()


def quote(owner, listing, *, cards=1, at=NOW):
    with tenancy.acting_as(owner.pk):
        return catalog.quote_listing(
            buyer_id=owner.pk,
            listing_id=listing.pk,
            milli=cards * 1000,
            period=Period(START, START + HOUR),
            now=at,
        )


def test_a_placed_order_is_priced_and_numbered_and_waits():
    listing = listed()
    haichao = buyer()

    order = seen(place(haichao, wish(listing, cards="2")))

    assert order.state == OrderState.PLACED
    assert order.number.startswith("O-20261120-")
    assert (order.gross_minor, order.voucher_minor, order.cash_minor) == (2016, None, None)
    assert str(order.unit_hours.normalize()) == "2"
    assert str(order.standard_hours.normalize()) == "6.339744"
    assert order.lines[0]["unit"] == "standard_hour"


def test_the_same_key_places_one_order():
    listing = listed()
    haichao = buyer()
    wanted = wish(listing, key="mine")

    first = place(haichao, wanted)
    again = place(haichao, wanted, at=START + timedelta(minutes=1))

    assert again.pk == first.pk
    assert orders() == 1


def test_the_same_key_with_another_wish_is_refused():
    listing = listed()
    haichao = buyer()
    place(haichao, wish(listing, key="mine"))

    with pytest.raises(OrderKeyReused):
        place(haichao, wish(listing, key="mine", cards="2"))

    assert orders() == 1


def test_two_buyers_may_use_the_same_key():
    listing = listed()

    first = place(buyer(), wish(listing, key="1"))
    second = place(buyer(), wish(listing, key="1"))

    assert first.pk != second.pk


def test_a_quote_fixes_the_price():
    listing = listed()
    haichao = buyer()
    shown = quote(haichao, listing)

    order = place(haichao, wish(listing, quote_id=shown.pk))

    assert order.quote_id == shown.pk
    assert order.gross_minor == shown.gross_minor
    assert order.lines == shown.lines


def test_an_old_quote_is_refused():
    listing = listed()
    haichao = buyer()
    shown = quote(haichao, listing, at=NOW - HOUR)

    with pytest.raises(QuoteExpired):
        place(haichao, wish(listing, quote_id=shown.pk))


def test_a_quote_is_used_by_one_order_that_stands():
    listing = listed()
    haichao = buyer()
    shown = quote(haichao, listing)
    first = place(haichao, wish(listing, key="1", quote_id=shown.pk))

    again = place(haichao, wish(listing, key="1", quote_id=shown.pk))
    with pytest.raises(QuoteUsed) as refused:
        place(haichao, wish(listing, key="2", quote_id=shown.pk))

    assert again.pk == first.pk
    assert (refused.value.field, refused.value.facts["order"]) == ("quote_id", first.number)
    assert orders() == 1


def test_a_quote_for_something_else_is_refused():
    listing = listed()
    haichao = buyer()
    shown = quote(haichao, listing, cards=2)

    with pytest.raises(QuoteMismatch):
        place(haichao, wish(listing, quote_id=shown.pk))


WRONG = {
    "no units": ("units_milli", {"cards": "0"}),
    "too many units": ("units_milli", {"cards": "10000000"}),
    "in the past": ("starts_at", {"start": NOW - timedelta(seconds=1)}),
    "parts of a second": ("starts_at", {"start": START + timedelta(microseconds=1)}),
    "far ahead": ("starts_at", {"start": START + timedelta(days=367)}),
    "too long": ("ends_at", {"hours": 24 * 367}),
    "empty key": ("key", {"key": "x" * 256}),
    "too many vouchers": ("voucher_ids", {"voucher_ids": tuple(uuid4() for _ in range(21))}),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wish_beyond_the_limits_is_refused(case):
    field, facts = WRONG[case]
    listing = listed()

    with pytest.raises(InvalidOrder) as refused:
        place(buyer(), wish(listing, **facts))

    assert refused.value.field == field
    assert orders() == 0


def test_neither_or_both_of_listing_and_requirement_is_refused():
    listing = listed()

    for wanted in (wish(None), wish(listing, requirement=Requirement("AI", listing.hub))):
        with pytest.raises(InvalidOrder):
            place(buyer(), wanted)


def test_what_the_listing_cannot_serve_is_refused_at_once():
    listing = listed(cards=8, available_until=START + 2 * HOUR)
    closed = listed()
    with tenancy.acting_as_platform():
        catalog.close_listing(listing_id=closed.pk, provider_id=closed.provider_id, now=NOW)

    with pytest.raises(CapacityRefused):
        place(buyer(), wish(listing, cards="9"))
    with pytest.raises(NotOffered):
        place(buyer(), wish(listing, hours=3))
    with pytest.raises(NotOpen):
        place(buyer(), wish(closed))
    with pytest.raises(ListingNotFound):
        place(
            buyer(),
            OrderWish(
                key="x", units_milli=1, period=Period(START, START + HOUR), listing_id=uuid4()
            ),
        )
    assert orders() == 0


def test_a_requirement_in_a_place_without_a_market_is_refused():
    with pytest.raises(NoEligibleListing):
        place(buyer(), needs("H100", hub="nowhere"))


def test_a_requirement_is_priced_only_when_it_clears():
    listing = listed()
    haichao = buyer("100")

    order = seen(place(haichao, needs("H100", hub=listing.hub)))
    cast.clear(listing)

    assert order.gross_minor is None
    assert seen(order).gross_minor == 1008
