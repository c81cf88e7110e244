"""What may be ordered at least, what a quote refuses, and listings that wait for a check."""

from datetime import timedelta
from uuid import uuid4

import pytest

from common.period import Period
from marketplace.catalog import services
from marketplace.catalog.contracts import (
    BookNotFound,
    CapacityRefused,
    ListingClosed,
    ListingNeedsReview,
    ListingNotFound,
    OfferRefused,
    OutsideAvailability,
    OwnListing,
)
from marketplace.catalog.least import ANY, LEAST_MILLI_MAX, Least
from marketplace.catalog.models import Listing
from tests.cast import NOW, organization
from tests.catalog.supply import HOUR, hours, listed
from tests.factories import BuyerFactory, ListingFactory

pytestmark = pytest.mark.usefixtures("platform")


def least(**changes: int) -> Least:
    return Least(**({name: getattr(ANY, name) for name in Least.__dataclass_fields__} | changes))


# --- The least ---------------------------------------------------------------------------------


def test_a_provider_says_anew_what_may_be_ordered_at_least():
    listing = listed(cards=8)

    services.change_least(
        listing_id=listing.pk, provider_id=listing.provider_id, least=least(least_milli=2_000)
    )

    assert Listing.objects.get(pk=listing.pk).least.least_milli == 2_000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"least_milli": 0}, "least_milli"),
        ({"least_milli": 8_001}, "least_milli"),
        ({"step_milli": 8_001}, "step_milli"),
        ({"least_seconds": 0}, "least_seconds"),
        ({"least_minor": 0}, "least_minor"),
        ({"least_milli": 6_000, "step_milli": 5_000}, "step_milli"),  # The first would be 10.
    ],
)
def test_what_nobody_could_order_is_no_least(changes, field):
    listing = listed(cards=8)

    with pytest.raises(OfferRefused) as refused:
        services.change_least(
            listing_id=listing.pk, provider_id=listing.provider_id, least=least(**changes)
        )

    assert refused.value.field == field
    assert Listing.objects.get(pk=listing.pk).least == ANY


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_nobody_says_what_is_least_of_anothers_listing(whose):
    listing = listed()
    listing_id = uuid4() if whose == "nobody's" else listing.pk

    with pytest.raises(ListingNotFound):
        services.change_least(
            listing_id=listing_id, provider_id=organization("Other").pk, least=least(least_milli=5)
        )

    assert Listing.objects.get(pk=listing.pk).least == ANY


def test_the_least_of_a_book_binds_a_place_in_which_something_was_listed():
    book = listed().book

    changed = services.change_least_of_book(
        resource_class=book.resource_class, hub=book.hub, least=least(least_seconds=7_200)
    )

    assert (changed.pk, changed.least.least_seconds) == (book.pk, 7_200)
    with pytest.raises(BookNotFound):
        services.change_least_of_book(resource_class="HPC", hub="NOWHERE", least=ANY)
    with pytest.raises(OfferRefused):
        services.change_least_of_book(
            resource_class=book.resource_class,
            hub=book.hub,
            least=least(least_milli=LEAST_MILLI_MAX + 1),
        )


# --- Quotes ------------------------------------------------------------------------------------


def quoted(listing: Listing, *, buyer_id=None, cards: int = 1, period: Period | None = None):
    return services.quote_listing(
        buyer_id=buyer_id or BuyerFactory().pk,
        listing_id=listing.pk,
        milli=cards * 1_000,
        period=period or hours(0, 1),
        now=NOW,
    )


def test_nobody_is_quoted_a_price_of_its_own():
    listing = listed()

    with pytest.raises(OwnListing) as refused:
        quoted(listing, buyer_id=listing.provider_id)

    assert refused.value.field == "listing_id"


def test_a_closed_listing_quotes_nothing():
    listing = listed()
    services.close_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)

    with pytest.raises(ListingClosed):
        quoted(listing)


def test_a_listing_quotes_only_the_time_in_which_it_is_offered():
    listing = ListingFactory(available_until=NOW + 2 * HOUR)

    assert quoted(listing, period=hours(0, 2)).gross_minor > 0
    with pytest.raises(OutsideAvailability) as refused:
        quoted(listing, period=hours(1, 3))
    assert refused.value.field == "starts_at"


def test_a_listing_quotes_no_more_than_it_ever_offers():
    listing = listed(cards=8)

    assert quoted(listing, cards=8).gross_minor > 0
    with pytest.raises(CapacityRefused):
        quoted(listing, cards=9)


# --- Checks ------------------------------------------------------------------------------------


def set_aside(*listings: Listing) -> None:
    services.set_listings_aside(
        listing_ids=[listing.pk for listing in listings],
        code="clearing_failed",
        detail="a test",
        now=NOW,
    )


def seen(listing: Listing) -> Listing:
    return Listing.objects.get(pk=listing.pk)


def test_a_listing_that_waits_for_a_check_is_off_the_market_and_comes_back_open():
    listing = listed()

    set_aside(listing)
    assert (seen(listing).state, seen(listing).review_code) == ("PAUSED", "clearing_failed")
    with pytest.raises(ListingNeedsReview):
        services.resume_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)

    services.retry_listing(listing_id=listing.pk)
    assert (seen(listing).state, seen(listing).needs_review) == ("OPEN", False)


def test_a_listing_that_its_provider_paused_comes_back_paused():
    listing = listed()
    services.pause_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)

    set_aside(listing)
    services.retry_listing(listing_id=listing.pk)

    assert seen(listing).state == "PAUSED"


def test_a_listing_is_set_aside_once_and_a_closed_one_never():
    waiting, closed = listed(), listed()
    services.close_listing(listing_id=closed.pk, provider_id=closed.provider_id, now=NOW)
    set_aside(waiting)

    services.set_listings_aside(
        listing_ids=[waiting.pk, closed.pk],
        code="later",
        detail="again",
        now=NOW + timedelta(hours=1),
    )

    assert seen(waiting).review_code == "clearing_failed"
    assert (seen(closed).state, seen(closed).needs_review) == ("CLOSED", False)


def test_only_what_waits_is_tried_again():
    listing = listed()

    for listing_id in (listing.pk, uuid4()):
        with pytest.raises(ListingNotFound):
            services.retry_listing(listing_id=listing_id)
