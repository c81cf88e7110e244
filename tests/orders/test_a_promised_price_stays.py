from datetime import timedelta

import pytest

from common import clock, tenancy
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.catalog.services import listings
from marketplace.orders import selectors
from pricing import services as pricing
from tests.catalog.supply import listed, plan
from tests.orders.cast import NOW, START, buyer, clear, needs, place, seen, wish

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def new_price(listing, price, *, starts_at):
    with tenancy.acting_as_platform():
        return pricing.publish_version(
            provider_id=listing.provider_id,
            plan_id=listing.plan_version.plan_id,
            components=[
                {
                    "code": "usage",
                    "unit": "standard_hour",
                    "tiers": [{"from": "0", "unit_price": price}],
                }
            ],
            starts_at=starts_at,
            now=starts_at - MINUTE,
        )


def test_a_new_version_between_placing_and_clearing_changes_no_promise():
    listing = listed(price="3.18")
    haichao = buyer("100")
    change = clock.now().replace(microsecond=0) + MINUTE
    order = place(haichao, wish(listing, start=change + HOUR))
    new_price(listing, "2.00", starts_at=change)
    catalog.follow_plans(now=change)

    clear(listing, at=change)

    cleared = seen(order)
    assert cleared.gross_minor == 1008
    assert cleared.plan_version_id == order.plan_version_id == listing.plan_version_id
    assert cleared.lines == order.lines
    with tenancy.acting_as_platform():
        assert selectors.replay(number=cleared.round.number).is_right


def test_a_requirement_takes_the_price_in_force_even_before_the_sweep():
    listing = listed(price="3.18")
    haichao = buyer("100")
    change = clock.now().replace(microsecond=0) + MINUTE
    version = new_price(listing, "2.00", starts_at=change)
    order = place(haichao, needs("H100", hub=listing.hub, start=change + HOUR))

    clear(listing, at=change)

    cleared = seen(order)
    assert cleared.plan_version_id == version.id
    assert cleared.gross_minor == 634


def test_a_quote_is_kept_though_the_listing_has_another_plan_by_now():
    listing, haichao = listed(price="3.18"), buyer("100")
    with tenancy.acting_as_platform():
        quote = catalog.quote_listing(
            buyer_id=haichao.pk,
            listing_id=listing.pk,
            milli=1000,
            period=Period(START, START + timedelta(hours=1)),
            now=NOW,
        )
        other = plan(listing.provider, "2.00", code="another")
        listings.change_plans(provider_id=listing.provider_id, plans={listing.pk: other}, now=NOW)

    order = place(haichao, wish(listing, quote_id=quote.pk))
    cheaper = place(haichao, wish(listing))
    clear(listing)

    assert (seen(order).state, seen(order).gross_minor) == ("CLEARED", quote.gross_minor)
    assert seen(cheaper).gross_minor < quote.gross_minor
