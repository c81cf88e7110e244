"""What many do at one instant: a limit is a limit, and a path says one thing. With controls."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from common import clock, moments, tenancy
from common.errors import Refusal
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.catalog.models import Listing
from marketplace.orders import locks
from marketplace.orders.models import Order
from marketplace.orders.services import placing, quoted
from marketplace.orders.services.quoted import QuoteUsed
from pricing import grouping, services
from pricing.contracts import LINKS_OF_QUOTE_MAX, InvalidPath, TooManyQuoteLinks
from pricing.group_contracts import GroupRefused, PriceGroup
from pricing.models import Path, PriceGroupEntry, QuoteLink
from pricing.paths import PathFacts
from tests import databases, factories
from tests.catalog import supply
from tests.orders import cast as orders

DAY = timedelta(days=1)


def each_at_once(acts) -> list[object]:
    """Do things at one instant in threads of their own; return what came, refusals too."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait()
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def a_quote():
    with tenancy.acting_as_platform():
        listing = supply.listed(price="3.18", available_from=clock.now() - timedelta(hours=1))
        buyer = orders.buyer("1000")
    now = clock.now().replace(microsecond=0)
    with tenancy.acting_as(buyer.pk):
        return catalog.quote_listing(
            buyer_id=buyer.pk,
            listing_id=listing.pk,
            milli=1000,
            period=Period(now + DAY, now + 2 * DAY),
            now=now,
            valid_for=DAY,
        )


def shared_at_once(times: int, *, before: int) -> list[object]:
    quote, now = a_quote(), clock.now()

    def share():
        with tenancy.acting_as(quote.buyer_id):
            return services.share_quote(quote_id=quote.pk, buyer_id=quote.buyer_id, days=1, now=now)

    for _nth in range(before):
        share()
    return each_at_once([share] * times)


def live_links() -> int:
    with tenancy.acting_as_platform():
        return QuoteLink.objects.count()


def test_of_eight_more_links_at_once_as_many_are_made_as_may_be(fresh_database):
    answers = shared_at_once(8, before=LINKS_OF_QUOTE_MAX - 3)

    assert sum(isinstance(each, TooManyQuoteLinks) for each in answers) == 5
    assert live_links() == LINKS_OF_QUOTE_MAX


def test_without_the_trigger_too_many_links_are_made(fresh_database):
    """The negative control: nothing else keeps the limit."""
    with databases.admin(fresh_database) as superuser:
        superuser.execute("ALTER TABLE pricing_quotelink DISABLE TRIGGER quote_links_are_few")

    shared_at_once(8, before=LINKS_OF_QUOTE_MAX - 3)

    assert live_links() > LINKS_OF_QUOTE_MAX


def ordered_at_once(times: int) -> list[object]:
    quote = a_quote()
    with tenancy.acting_as_platform():
        listing = Listing.objects.get()
    begins = moments.parse_moment(quote.subject["starts_at"])

    def order():
        wanted = orders.wish(listing, hours=24, start=begins, quote_id=quote.pk)
        with tenancy.acting_as(quote.buyer_id):
            return placing.place_order(buyer_id=quote.buyer_id, wish=wanted, placed_at=clock.now())

    return each_at_once([order] * times)


def test_of_four_orders_at_one_quote_at_once_one_is_placed(fresh_database):
    answers = ordered_at_once(4)

    assert sum(isinstance(each, QuoteUsed) for each in answers) == 3
    with tenancy.acting_as_platform():
        assert Order.objects.count() == 1


def test_without_the_lock_of_a_quote_it_is_used_more_than_once(fresh_database, monkeypatch):
    """The negative control: nothing else lets orders at a quote wait for each other."""
    monkeypatch.setattr(locks, "take_quotes", lambda _ids: None)
    looked, known = Barrier(4), quoted.used_quotes

    def used(quote_ids, *, buyer_id):
        found = known(quote_ids, buyer_id=buyer_id)
        looked.wait()
        return found

    monkeypatch.setattr(quoted, "used_quotes", used)

    ordered_at_once(4)

    with tenancy.acting_as_platform():
        assert Order.objects.count() == 4


def entered_at_once(monkeypatch) -> list[object]:
    monkeypatch.setattr(grouping, "GROUP_ENTRIES_MAX", 2)
    with tenancy.acting_as_platform():
        provider = factories.OrganizationFactory(stem="Provider")
        buyers = [factories.OrganizationFactory(stem=f"Buyer {n}") for n in range(6)]
    now = clock.now()

    def enter(buyer):
        with tenancy.acting_as(provider.pk):
            return services.enter_price_group(
                provider_id=provider.pk,
                uscc=buyer.uscc,
                group=PriceGroup.INSIDE,
                reason="of our faculty",
                now=now,
            )

    return each_at_once([lambda each=each: enter(each) for each in buyers])


def test_entries_of_a_provider_are_counted_one_after_the_other(fresh_database, monkeypatch):
    answers = entered_at_once(monkeypatch)

    assert sum(isinstance(each, GroupRefused) for each in answers) == 4
    with tenancy.acting_as_platform():
        assert PriceGroupEntry.objects.count() == 2


def path(price: str) -> PathFacts:
    return PathFacts(
        hub_a="GAN",
        hub_b="YDA",
        latency_ms=Decimal(20),
        bandwidth_gbps=100,
        price_per_gb=Decimal(price),
        basis="ASSUMED",
        source="of a test",
    )


def test_of_two_tables_for_one_moment_the_second_is_refused_and_none_is_lost(fresh_database):
    now = clock.now()

    def publish(price):
        with tenancy.acting_as_platform():
            return services.publish_paths(paths=[path(price)], starts_at=now + DAY, now=now)

    answers = each_at_once([lambda: publish("0.1"), lambda: publish("0.2")])

    assert sorted(map(type, answers), key=str) == sorted([int, InvalidPath], key=str)
    assert Path.objects.filter(starts_at=now + DAY).count() == 1


@pytest.mark.django_db
def test_no_statement_makes_the_twenty_first_link():
    quote, now = a_quote(), clock.now()
    with tenancy.acting_as(quote.buyer_id):
        for _nth in range(LINKS_OF_QUOTE_MAX):
            services.share_quote(quote_id=quote.pk, buyer_id=quote.buyer_id, days=1, now=now)
        with (
            pytest.raises(IntegrityError, match="links to a quote are live"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO pricing_quotelink (id, quote_id, buyer_id, link_hash, issued_at,"
                " expires_at) SELECT gen_random_uuid(), quote_id, buyer_id, repeat('a', 64),"
                " issued_at, expires_at FROM pricing_quotelink LIMIT 1"
            )
