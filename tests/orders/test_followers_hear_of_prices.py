"""Who orders, uses or has a quote of a plan is told what its next version will cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock, tenancy
from common.notice import NoticeTooShort
from common.period import Period
from identity.events.models import RecordedEvent
from marketplace.catalog import services as catalog
from marketplace.orders import services as orders
from marketplace.orders.services import following
from pricing import selectors as pricing_selectors
from pricing import services as pricing
from tests.catalog.supply import listed
from tests.orders.cast import HOUR, NOW, buyer, clear, place, wish

pytestmark = pytest.mark.django_db


def published(listing, price, *, starts_at=None):
    usage = {"code": "usage", "unit": "standard_hour"}
    with tenancy.acting_as(listing.provider_id):
        return pricing.publish_version(
            provider_id=listing.provider_id,
            plan_id=listing.plan_version.plan_id,
            components=[usage | {"tiers": [{"from": "0", "unit_price": price}]}],
            starts_at=starts_at,
            now=clock.now(),
        )


def quoted(who, listing, *, ago=timedelta(0)):
    now = clock.now() - ago
    with tenancy.acting_as_platform():
        catalog.quote_listing(
            buyer_id=who.pk,
            listing_id=listing.pk,
            milli=1000,
            period=Period(now + HOUR, now + 2 * HOUR),
            now=now,
        )


def told(name):
    with tenancy.acting_as_platform():
        rows = RecordedEvent.objects.filter(name=name)
        return set(rows.values_list("object_label", "organization_id"))


def test_orders_that_wait_or_run_and_live_quotes_are_followed():
    mine, other = listed(price="3.18"), listed(price="3.18")
    waits, runs, quotes, elsewhere = (buyer("100") for _each in range(4))
    place(runs, wish(mine))
    clear(mine)
    place(waits, wish(mine))
    place(elsewhere, wish(other))
    quoted(quotes, mine)

    published(mine, "4.00")

    followers = {(mine.number, each.pk) for each in (waits, runs, quotes)}
    assert told("orders.price.raised") == followers
    assert told("orders.price.changed") == set()


def test_a_cut_is_no_rise_and_what_is_over_is_not_followed():
    listing = listed(price="3.18")
    cancelled, late = buyer("100"), buyer("100")
    order = place(cancelled, wish(listing))
    with tenancy.acting_as(cancelled.pk):
        orders.cancel_order(order_id=order.pk, buyer_id=cancelled.pk, now=NOW)
    quoted(late, listing, ago=2 * HOUR)
    ready = buyer("100")
    place(ready, wish(listing))

    published(listing, "3.00")

    assert told("orders.price.changed") == {(listing.number, ready.pk)}
    assert told("orders.price.raised") == set()


def test_quotes_of_weeks_ago_are_not_read():
    listing = listed(price="3.18")
    with tenancy.acting_as_platform(), CaptureQueriesContext(connection) as asked:
        pricing_selectors.live_quotes_of_plan(listing.plan_version.plan_id, at=clock.now())

    (read,) = [each["sql"] for each in asked if '"pricing_quote"' in each["sql"]]
    assert '"pricing_quote"."id" >= ' in read


def test_more_followers_than_one_event_names_are_all_told(monkeypatch):
    monkeypatch.setattr(following, "CONCERNS_MAX", 2)
    listing = listed(price="3.18")
    buyers = [buyer("100") for _each in range(5)]
    for each in buyers:
        quoted(each, listing)

    published(listing, "4.00")

    assert told("orders.price.raised") == {(listing.number, each.pk) for each in buyers}


def test_a_version_that_is_refused_tells_nobody():
    listing, follows = listed(price="3.18"), buyer("100")
    place(follows, wish(listing))

    with pytest.raises(NoticeTooShort):
        published(listing, "4.00", starts_at=clock.now() + HOUR)

    assert told("orders.price.raised") == set()
