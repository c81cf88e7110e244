"""One stated order makes prices comparable: it is rated truly, ahead, and kept in rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from identity.approvals.contracts import Person, ProposalTooLate
from identity.contracts import Role
from marketplace.catalog import all_in, selectors, services
from marketplace.catalog.contracts import MarketFilter, MarketSort, ReferenceOrderRefused
from marketplace.catalog.least import Least
from marketplace.catalog.models import AllInDue, AllInPrice, Listing, ReferenceOrder
from pricing import selectors as plans
from pricing import services as pricing
from pricing.paths import PathFacts
from tests import cast
from tests.cast import NOW
from tests.catalog.supply import listed, listed_under_terms, listed_vcpu

pytestmark = pytest.mark.usefixtures("platform")
WEEK = 168
LATER = datetime(2030, 1, 1, tzinfo=UTC)  # after whatever the database's clock says


def of(listing, place=""):
    return selectors.all_in_of([listing.pk], place=place)[listing.pk]


def path(start="GAN", end="YDA", price="0.20"):
    return PathFacts(start, end, Decimal(10), 100, Decimal(price), source="test")


def test_a_flat_plan_costs_the_same_all_in(db):
    listing = listed(price="3.18")

    found = of(listing)

    assert found.per_standard_hour == Decimal("3.18")
    assert (found.units_milli, found.seconds) == (8000, WEEK * 3600)
    assert found.standard_hours == 8 * WEEK * listing.standard_factor


def test_what_has_no_standard_hour_has_no_such_price_and_comes_last(db):
    dear, unpublished = listed(price="9"), listed(chip="G2", price="1", unit="unit_hour")

    page = selectors.market_page(MarketFilter(), at=NOW, sort=MarketSort.ALL_IN)

    assert [row.id for row in page.rows] == [dear.pk, unpublished.pk]
    assert page.rows[1].all_in.per_standard_hour is None


def test_a_minimum_counts_truly(db):
    use = {"code": "usage", "model": "unit", "unit": "unit_hour", "unit_price": "1"}
    least = {"code": "least", "model": "minimum", "price": "1680", "per": "contract"}

    found = of(listed_under_terms([use, least]))

    assert found.gross_minor == 168_000
    assert found.per_standard_hour == Decimal(10)


def test_peak_and_valley_weigh_by_the_week(db):
    use = {
        "code": "usage", "model": "unit", "unit": "unit_hour", "unit_price": "1",
        "bands": {"valley": "0.4"},
    }  # fmt: skip
    valley = [{"band": "valley", "from": "00:00", "until": "12:00"}]

    listing = listed_under_terms([use], bands=valley)

    assert of(listing).per_standard_hour == Decimal("0.7")
    # The week moves on by itself: the price falls due with it.
    due = AllInDue.objects.get(listing=listing).due_at
    reference = selectors.reference_in_force(at=NOW)
    assert due == all_in.next_begin(reference, NOW)


def test_the_week_begins_on_its_clock_after_the_moment(db):
    reference = selectors.reference_in_force(at=NOW)
    monday = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)

    assert all_in.next_begin(reference, datetime(2026, 11, 20, 8, 0, tzinfo=UTC)) == monday
    assert all_in.next_begin(reference, monday - timedelta(microseconds=1)) == monday
    assert all_in.next_begin(reference, monday) == monday + timedelta(days=7)


def test_a_week_of_hours_lasts_as_long_where_clocks_are_put_forward_in_it():
    said = {
        "units_milli": {}, "hours": 168, "weekday": 1, "begins": "00:00", "zone": "Europe/Berlin",
        "gb_per_standard_hour": "0", "places": [],
    }  # fmt: skip
    reference = all_in.reference_of(1, said, NOW)

    begins = all_in.next_begin(reference, datetime(2027, 3, 20, tzinfo=UTC))

    assert begins == datetime(2027, 3, 21, 23, tzinfo=UTC)
    assert begins + timedelta(hours=168) == datetime(2027, 3, 28, 23, tzinfo=UTC)


def test_a_listing_that_sells_less_or_no_less_than_more_is_compared_by_what_it_sells(db):
    small = listed(cards=2)
    bulk = listed(cards=64, least=Least(least_milli=32_000, step_milli=32_000))

    assert of(small).units_milli == 2000
    assert of(bulk).units_milli == 32_000


def test_paths_count_for_buyers_elsewhere_and_fall_due_when_they_begin(db):
    listing = listed(region="520100", price="3.00")
    assert listing.hub == "GAN"
    assert of(listing, "YDA").per_standard_hour is None

    pricing.publish_paths(paths=[path()], starts_at=NOW + timedelta(hours=1), now=NOW)
    assert services.compute_due_all_in(now=NOW) == 0
    assert services.compute_due_all_in(now=NOW + timedelta(hours=1)) == 1

    assert of(listing, "YDA").per_standard_hour == Decimal("3.02")
    assert of(listing, "GAN").per_standard_hour == of(listing).per_standard_hour == 3
    assert of(listing, "YDA").less(Decimal("0.5")) == Decimal("1.52")


def test_the_market_is_sorted_and_filtered_by_place(db):
    far, near = listed(region="520100", price="3.00"), listed(region="610600", price="3.01")
    assert (far.hub, near.hub) != ("YDA", "YDA")
    pricing.publish_paths(
        paths=[path("GAN", "ZJK"), path(*sorted(("ZJK", near.hub)), price="0.01")]
        if near.hub != "ZJK"
        else [path("GAN", "ZJK")],
        starts_at=NOW,
        now=NOW,
    )
    services.compute_due_all_in(now=NOW)

    def found(**wanted):
        page = selectors.market_page(MarketFilter(**wanted), at=NOW, sort=MarketSort.ALL_IN)
        return [row.id for row in page.rows]

    assert found() == [far.pk, near.pk]
    if near.hub in dict.fromkeys(selectors.reference_in_force(at=NOW).places):
        assert found(delivered_to="ZJK") == [near.pk, far.pk]
    assert found(all_in_max=Decimal("3.005")) == [far.pk]
    assert selectors.counts(MarketFilter(all_in_max=Decimal("3.005")), at=NOW).facets.total == 1


def test_whatever_decides_a_price_makes_it_due_even_by_sql(db):
    listing = listed()
    assert not AllInDue.objects.exists()

    for change in (
        {"standard_factor": 2}, {"total_milli": 4000}, {"pue": Decimal("1.5")}, {"least_milli": 9},
    ):  # fmt: skip
        Listing.objects.filter(pk=listing.pk).update(**change)
        assert services.compute_due_all_in(now=LATER) == 1
    Listing.objects.filter(pk=listing.pk).update(title="another")
    assert services.compute_due_all_in(now=LATER) == 0
    assert of(listing).standard_hours == 4 * WEEK * 2


def test_rows_equal_what_rating_each_listing_says(db):
    found = [listed(price="2.5"), listed(chip="A100", price="1.1"), listed_vcpu()]
    reference = selectors.reference_in_force(at=NOW)
    for listing in Listing.objects.filter(pk__in=[each.pk for each in found]):
        terms = listing.terms()
        milli, seconds = all_in.fitted(
            reference, terms, listing.least, resource_class=listing.resource_class
        )
        priced = all_in.reference_price(
            plans.rate_card(listing.plan_version_id),
            terms,
            units_milli=milli,
            seconds=seconds,
            begins=all_in.next_begin(reference, NOW),
        )
        assert of(listing).plan_per_standard_hour == priced.per_standard_hour


def test_many_listings_cost_the_same_statements(db, django_assert_max_num_queries):
    ids = [listed(code=f"p{n}").pk for n in range(4)]
    services.compute_all_in(ids[:1], now=NOW)

    with django_assert_max_num_queries(14):
        services.compute_all_in(ids, now=NOW)


def test_nobody_but_the_market_writes_all_in_prices(db):
    listing = listed()
    tenancy.enter(listing.provider_id)

    assert AllInPrice.objects.filter(listing=listing).update(reference=7) == 0
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_allinprice")


USE = {"code": "usage", "model": "unit", "unit": "unit_hour", "unit_price": "1"}


def test_a_plan_with_factors_by_path_is_compared_by_the_way_between_the_hubs(db):
    """Ten milliseconds are `le-10ms`; a way that nobody published is what others pay."""
    by_path = {"path": {"otherwise": "1", "values": {"le-5ms": "0.5", "le-10ms": "0.8"}}}
    listing = listed_under_terms([USE | {"factors": ["path"]}], factors=by_path)
    now = NOW + timedelta(hours=1)
    pricing.publish_paths(paths=[path("YDA", listing.hub, "0")], starts_at=now, now=NOW)

    services.compute_due_all_in(now=now)

    whole = of(listing).per_standard_hour
    assert whole == Decimal(1)
    assert of(listing, "YDA").per_standard_hour == Decimal("0.8")
    assert of(listing, listing.hub).per_standard_hour == Decimal("0.5")
    assert of(listing, "GAN").plan_per_standard_hour == whole
    assert (
        AllInPrice.objects.filter(listing=listing).count()
        == AllInPrice.objects.filter(listing=listed_under_terms([USE])).count()
    )


def test_a_stated_share_of_green_electricity_counts_as_the_plan_says(db):
    by_share = {"green": {"otherwise": "1", "values": {"0.8": "0.9"}}}
    listing = listed_under_terms([USE | {"factors": ["green"]}], factors=by_share)
    assert of(listing).per_standard_hour == Decimal(1)

    row = announce(green="0.8")
    services.compute_due_all_in(now=row.starts_at)

    assert of(listing).per_standard_hour == Decimal("0.9")
    assert selectors.reference_rated(listing, at=row.starts_at)[0]["amount_minor"] == 2160


CONTENT = {
    "units_milli": {"AI": 1000, "GENERAL": 1000, "HPC": 1000},
    "hours": 24,
    "weekday": 2,
    "begins": "08:00",
    "zone": "Asia/Shanghai",
    "gb_per_standard_hour": "0",
    "places": ["GAN"],
}


def announce(days=8, **changes):
    """Let one operator propose an order from so many days on, and another approve it now."""
    at = clock.now()
    desk = cast.organization("Desk")
    first, second = (cast.member(desk, Role.OPERATOR) for _n in range(2))
    proposed = services.propose_reference_order(
        content=CONTENT | changes,
        reason="why",
        starts_at=days and at + timedelta(days=days),
        by=Person(first.pk, desk.pk),
        now=at,
    )
    return services.confirm_reference_order(
        proposal_id=proposed.id,
        person_id=second.pk,
        organization_id=desk.pk,
        now=at,
    )


def test_another_reference_order_is_announced_a_week_ahead(db):
    listing = listed()

    row = announce()

    assert row.number == 2
    services.compute_due_all_in(now=row.starts_at - timedelta(seconds=1))
    assert of(listing).reference == 1
    services.compute_due_all_in(now=row.starts_at)
    assert (of(listing).reference, of(listing).seconds) == (2, 24 * 3600)


@pytest.mark.parametrize(
    "changes",
    [
        {"hours": 0}, {"hours": "168"}, {"weekday": 8}, {"begins": "24:00"}, {"zone": "Mars/Base"},
        {"gb_per_standard_hour": 1}, {"places": ["XXX"]}, {"units_milli": {"AI": 1}}, {"more": 1},
        {"green": "1.1"}, {"green": 1}, {"green": None}, {"green": "0.85"},
        {"days": 6},
    ],
)  # fmt: skip
def test_a_malformed_or_hasty_reference_order_is_refused(db, changes):
    with pytest.raises((ReferenceOrderRefused, ProposalTooLate)):
        announce(**changes)


def test_without_a_moment_it_begins_a_week_after_it_was_approved(db):
    row = announce(None)

    assert row.starts_at == row.published_at + timedelta(days=7)


def test_the_second_at_once_is_refused_with_a_code(db):
    announce()

    with pytest.raises(ReferenceOrderRefused, match="2"):
        announce(7.5)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE catalog_referenceorder SET content = '{}'",
        "DELETE FROM catalog_referenceorder",
        "INSERT INTO catalog_referenceorder (number, content, content_hash, reason, starts_at,"
        " published_at) SELECT 9, content, content_hash, reason, now(), now()"
        " FROM catalog_referenceorder",
        "INSERT INTO catalog_referenceorder (number, content, content_hash, reason, starts_at,"
        " published_at) SELECT 9, content || '{\"hours\": 0}', content_hash, reason,"
        " now() + interval '8 days', now() FROM catalog_referenceorder",
    ],
)
def test_no_statement_edits_or_hurries_a_reference_order(db, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert ReferenceOrder.objects.count() == 1
