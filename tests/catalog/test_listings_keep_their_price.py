"""A listing gets dearer as its plan is announced, a week ahead, and not by another plan."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from common import clock, notice, tenancy
from marketplace import catalog as catalog_app
from marketplace.catalog import selectors
from marketplace.catalog.models import Listing
from marketplace.catalog.services import change_plans
from pricing import services as pricing
from tests.catalog.supply import listed, listed_under_terms, plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def listing():
    tenancy.enter(tenancy.PLATFORM)
    return listed(price="3.00")


def version(plan_id, provider, price, *, starts_at, now):
    return pricing.publish_version(
        provider_id=provider.pk,
        plan_id=plan_id,
        components=[
            {
                "code": "usage",
                "unit": "standard_hour",
                "tiers": [{"from": "0", "unit_price": price}],
            }
        ],
        starts_at=starts_at,
        now=now,
    ).id


def other(listing, price, *then, now=None):
    """Publish another plan; `then` are days ahead and prices that it announces for that day."""
    now = now or clock.now()
    made = pricing.create_plan(
        provider_id=listing.provider_id, code="other", name="Other", now=now - 30 * DAY
    )
    first = version(made.pk, listing.provider, price, starts_at=now - 30 * DAY, now=now - 30 * DAY)
    for days, later in then:
        version(made.pk, listing.provider, later, starts_at=now + days * DAY, now=now)
    return first


def move(listing, version_id):
    return change_plans(
        provider_id=listing.provider_id, plans={listing.pk: version_id}, now=clock.now()
    )


def move_by_sql(listing, version_id):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_listing SET plan_version_id = %s WHERE id = %s",
            [version_id, listing.pk],
        )


def refused_both_ways(listing, version_id) -> bool:
    with pytest.raises(notice.NoticeTooShort) as told:
        move(listing, version_id)
    with pytest.raises(IntegrityError) as error:
        move_by_sql(listing, version_id)
    assert told.value.facts["days"] == 7
    return error.value.__cause__.diag.constraint_name == "listing_keeps_its_price"


def test_a_dearer_plan_is_refused_by_service_and_database(listing):
    assert refused_both_ways(listing, other(listing, "3.01"))
    assert Listing.objects.get(pk=listing.pk).headline_price == 3


@pytest.mark.parametrize("price", ["3.00", "2.99"])
def test_a_plan_that_costs_nobody_more_is_borne_at_once(listing, price):
    assert move(listing, other(listing, price)) == 1


def test_a_plan_that_becomes_dearer_within_a_week_is_refused(listing):
    """Its notice was given to others: three days before, it would be as good as none."""
    tenancy.enter(tenancy.PLATFORM)
    found = other(listing, "3.00", (8, "9.00"))

    assert selectors.moves_that_are_worse({listing.pk: found}, at=clock.now()) == set()
    assert selectors.moves_that_are_worse({listing.pk: found}, at=clock.now() + 3 * DAY) == {
        listing.pk
    }


def test_a_lower_price_that_was_announced_is_not_taken_back(listing):
    version(
        listing.plan_version.plan_id,
        listing.provider,
        "1.00",
        starts_at=clock.now() + 3 * DAY,
        now=clock.now(),
    )

    assert refused_both_ways(listing, other(listing, "3.00"))


def test_a_dearer_version_of_its_own_plan_is_not_borne_before_its_day(listing):
    dear = version(
        listing.plan_version.plan_id,
        listing.provider,
        "9.00",
        starts_at=clock.now() + 8 * DAY,
        now=clock.now(),
    )

    assert refused_both_ways(listing, dear)


def test_a_plan_by_another_unit_is_not_clear_and_so_refused(listing):
    found = plan(listing.provider, "0.01", code="by-unit", unit="unit_hour")

    assert refused_both_ways(listing, found)


@pytest.mark.parametrize("unit", ["standard_hour", "unit_hour"])
def test_what_showed_nothing_for_a_prepaid_hour_is_mended_as_it_would_be_listed(unit):
    """A release listed prepaid hours at nothing; the migration says what a new listing says."""
    part = {
        "code": "usage",
        "model": "prepaid",
        "unit": unit,
        "hours": "30",
        "price": "100",
        "unit_price": "12",
    }
    with tenancy.acting_as_platform():
        prepaid, plain = listed_under_terms([part]), listed(price="3.00")
    shown = ("headline_price", "price_per_standard_hour", "price_per_unit_hour")
    with tenancy.acting_as_platform():
        kept = {each.pk: [getattr(each, name) for name in shown] for each in (prepaid, plain)}
        Listing.objects.filter(pk=prepaid.pk).update(**dict.fromkeys(shown, 0))
        mend = Path(catalog_app.__file__).parent / "sql" / "prepaid_headlines.sql"
        with connection.cursor() as cursor:
            for _again in range(2):
                cursor.execute(mend.read_text())
        now = dict.fromkeys(kept)
        for each in Listing.objects.filter(pk__in=kept):
            now[each.pk] = [getattr(each, name) for name in shown]

    assert now == kept
    assert all(now[prepaid.pk])
