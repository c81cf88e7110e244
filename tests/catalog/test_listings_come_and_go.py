from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from common.errors import NotFound
from common.period import Period
from identity.models import ComputeResource
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import (
    ListingNotFound,
    ListingStateRefused,
    NoFactor,
    OfferRefused,
    ResourceAlreadyListed,
    ResourceNotSellable,
)
from marketplace.catalog.models import Book, Listing
from pricing import services as pricing
from tests.cast import NOW, organization, resource
from tests.catalog.supply import HOUR, listed, listed_vcpu, offer, plan

pytestmark = pytest.mark.usefixtures("platform")


def test_a_listing_carries_the_facts_it_is_found_by():
    listing = listed(chip="H100", cards=16, facts={"pue": Decimal("1.18")})

    assert (listing.resource_class, listing.form) == ("AI", "BARE_METAL")
    assert (listing.region, listing.hub, listing.chip) == (
        "640500",
        "ZHW",
        "NVIDIA H100 SXM",
    )
    assert (listing.pue, listing.verification_level) == (Decimal("1.18"), 0)
    assert listing.total_milli == 16_000
    assert listing.book == Book.objects.get(resource_class="AI", hub="ZHW")
    assert listing.number == f"L-{listing.seq:06d}"


def test_a_price_by_the_standard_hour_shows_as_a_price_by_the_card_hour():
    listing = listed(chip="H100", price="3.18")

    assert listing.standard_factor == Decimal("3.169872")
    assert listing.price_per_standard_hour == Decimal("3.18")
    assert listing.price_per_unit_hour == Decimal("10.080193")
    assert (listing.headline_unit, listing.headline_price) == ("standard_hour", Decimal("3.18"))


def test_a_price_by_the_card_hour_shows_as_a_price_by_the_standard_hour():
    listing = listed(chip="H100", price="12", unit="unit_hour")

    assert listing.price_per_standard_hour == Decimal("3.785642")


def test_without_a_published_figure_there_is_no_factor_and_none_is_made_up():
    listing = listed(chip="G2", price="6", unit="unit_hour", facts={})

    assert listing.standard_factor is None
    assert listing.price_per_standard_hour is None
    assert listing.price_per_unit_hour == Decimal(6)


def test_a_chip_without_a_factor_cannot_be_priced_by_the_standard_hour():
    with pytest.raises(NoFactor):
        listed(chip="G2", price="6")


def test_virtual_cpus_have_a_book_of_their_own():
    provider = organization()

    assert listed(provider).book_id != listed_vcpu(provider).book_id


def test_listings_of_one_place_meet_in_one_book():
    assert listed(region="640500").book_id == listed(region="640500").book_id
    assert listed(region="640500").book_id != listed(region="320500").book_id
    assert Book.objects.filter(hub="320000").count() == 1


def test_a_resource_is_on_the_market_once():
    listing = listed()
    again = offer(listing.resource_id, listing.plan_version_id)

    with pytest.raises(ResourceAlreadyListed):
        services.open_listing(provider_id=listing.provider_id, offer=again, now=NOW)

    services.close_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)
    assert services.open_listing(provider_id=listing.provider_id, offer=again, now=NOW)


def test_listings_open_all_or_none():
    provider = organization()
    pools = [resource(provider) for _ in range(3)]
    version = plan(provider)
    offers = [offer(pool.pk, version) for pool in [*pools, pools[0]]]

    with pytest.raises(ResourceAlreadyListed):
        services.open_listings(provider_id=provider.pk, offers=offers, now=NOW)

    assert not Listing.objects.exists()


def test_hundreds_of_listings_open_in_a_few_statements(django_assert_max_num_queries):
    provider = organization()
    pools = [resource(provider) for _ in range(50)]
    version = plan(provider)
    offers = [offer(pool.pk, version) for pool in pools]

    with django_assert_max_num_queries(38):
        services.open_listings(provider_id=provider.pk, offers=offers, now=NOW)


@pytest.mark.parametrize("wrong", ["resource", "plan", "rule"])
def test_what_is_someone_elses_looks_like_nothing(wrong):
    provider, other = organization(), organization()
    made = offer(
        resource(other if wrong == "resource" else provider).pk,
        plan(other if wrong == "plan" else provider),
        **({"rule_version_id": uuid4()} if wrong == "rule" else {}),
    )

    with pytest.raises(NotFound):
        services.open_listing(provider_id=provider.pk, offer=made, now=NOW)


def test_a_suspended_resource_cannot_be_listed():
    provider = organization()
    pool = resource(provider)
    ComputeResource.objects.filter(pk=pool.pk).update(status="SUSPENDED")

    with pytest.raises(ResourceNotSellable):
        services.open_listing(
            provider_id=provider.pk, offer=offer(pool.pk, plan(provider)), now=NOW
        )


@pytest.mark.parametrize(
    "facts",
    [
        {"total_milli": 0},
        {"total_milli": -1},
        {"total_milli": 8001},
        {"available_until": NOW - 2 * HOUR},
    ],
)
def test_an_offer_must_fit_its_resource(facts):
    provider = organization()

    with pytest.raises(OfferRefused):
        services.open_listing(
            provider_id=provider.pk,
            offer=offer(resource(provider).pk, plan(provider), **facts),
            now=NOW,
        )


def test_a_listing_pauses_resumes_and_closes():
    listing = listed()
    owner = {"listing_id": listing.pk, "provider_id": listing.provider_id, "now": NOW}

    assert services.pause_listing(**owner).state == "PAUSED"
    with pytest.raises(ListingStateRefused):
        services.pause_listing(**owner)
    assert services.resume_listing(**owner).state == "OPEN"
    assert services.close_listing(**owner).closed_at == NOW
    for move in (services.pause_listing, services.resume_listing, services.close_listing):
        with pytest.raises(ListingStateRefused):
            move(**owner)


def test_only_its_provider_moves_a_listing():
    listing, other = listed(), organization()

    with pytest.raises(ListingNotFound):
        services.close_listing(listing_id=listing.pk, provider_id=other.pk, now=NOW)

    tenancy.enter(other.pk)
    with pytest.raises(ListingNotFound):
        services.close_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)
    assert selectors.listing(listing.pk).state == "OPEN"


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE catalog_listing SET state = 'PAUSED'",
        "UPDATE catalog_capacityslot SET free_milli = 0",
        "DELETE FROM catalog_capacityslot",
        "DELETE FROM catalog_allocation",
        "UPDATE catalog_book SET hub = 'X'",
    ],
)
def test_another_tenant_changes_nothing_by_sql_either(attack):
    listed()
    tenancy.enter(organization().pk)

    with connection.cursor() as cursor:
        cursor.execute(attack)

        assert cursor.rowcount == 0


def test_the_database_refuses_a_listing_in_anothers_name():
    listing, other = listed(), organization()
    tenancy.enter(other.pk)

    listing.pk, listing.seq = uuid4(), listing.seq + 1000
    with pytest.raises(DatabaseError), transaction.atomic():
        listing.save(force_insert=True)


def test_a_listing_follows_its_plan_when_the_new_version_takes_effect():
    listing = listed(price="3.18")
    now = clock.now()
    change = now + timedelta(days=1)
    pricing.publish_version(
        provider_id=listing.provider_id,
        plan_id=listing.plan_version.plan_id,
        components=[
            {
                "code": "usage",
                "unit": "standard_hour",
                "tiers": [{"from": "0", "unit_price": "2.5"}],
            }
        ],
        starts_at=change,
        now=now,
    )

    moved = [
        services.follow_plans(now=moment)
        for moment in (NOW, change - timedelta(seconds=1), change, change)
    ]

    assert moved == [0, 0, 1, 0]
    assert selectors.listing(listing.pk).price_per_standard_hour == Decimal("2.5")
    assert selectors.listing(listing.pk).plan_version.version == 2


def test_a_quote_never_uses_a_price_that_has_ended():
    listing = listed(chip="A100", price="3.18")
    now = clock.now()
    change = now + timedelta(days=1)
    pricing.publish_version(
        provider_id=listing.provider_id,
        plan_id=listing.plan_version.plan_id,
        components=[
            {
                "code": "usage",
                "unit": "standard_hour",
                "tiers": [{"from": "0", "unit_price": "2.5"}],
            }
        ],
        starts_at=change,
        now=now,
    )

    prices = [
        services.quote_listing(
            buyer_id=organization().pk,
            listing_id=listing.pk,
            milli=1000,
            period=Period(change + HOUR, change + 2 * HOUR),
            now=moment,
        ).gross_minor
        for moment in (change - timedelta(microseconds=1), change)
    ]

    assert prices == [318, 250]
