"""The cheapest by their whole cost are shown: a bound proves that nothing cheaper was left out."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import clock, tenancy
from marketplace.calculator import rules, selectors
from marketplace.calculator.contracts import ComputeNeed, NeedKind
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import OfferRefused
from pricing import plan_terms, services
from pricing import rules as pricing_rules
from pricing.contracts import Measure, RateUnit
from tests import factories
from tests.catalog.supply import offer
from tests.pricing.cards import graduated
from tests.pricing.timed_plans import card, plans, stretches

SHARED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
COSTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=60)


def walked(costs, *, shown, at_once, most=10**6):
    """Walk things of a bound and of what comes on top of it; those of an odd sum are no offer."""
    bounded = [
        rules.BoundedCost(least, (number, least + more))
        for number, (least, more) in enumerate(costs)
    ]
    asked = []

    def cost(batch):
        asked.extend(batch)
        return [rules.Costed(whole, f"{number:03}", number) for number, whole in batch if whole % 7]

    bounded.sort(key=lambda each: each.least_minor)
    return rules.cheapest(bounded, cost, shown=shown, at_once=at_once, most=most), asked


@given(COSTS, st.integers(1, 20), st.integers(1, 20))
def test_walking_by_bounds_finds_what_pricing_all_finds(costs, shown, at_once):
    found, asked = walked(costs, shown=shown, at_once=at_once)
    all_of_them, _asked = walked(costs, shown=shown, at_once=10**6)
    assert found.found == all_of_them.found
    assert found.is_proved
    assert found.looked_at == len(asked) <= len(costs)


@given(COSTS, st.integers(1, 20), st.integers(1, 20), st.integers(0, 30))
def test_what_is_called_proved_is_what_pricing_all_finds(costs, shown, at_once, most):
    found, asked = walked(costs, shown=shown, at_once=at_once, most=most)
    all_of_them, _asked = walked(costs, shown=shown, at_once=10**6)
    assert len(asked) < most + at_once
    if found.is_proved:
        assert found.found == all_of_them.found
    else:
        assert len(costs) > most


def test_cutting_by_the_bound_alone_would_miss_one():
    costs = [(1, 99), (2, 98), (3, 0)]  # The cheapest has the greatest bound.
    found, _asked = walked(costs, shown=1, at_once=2)
    assert [each.cost_minor for each in found.found] == [3]
    cut, _asked = walked(costs, shown=1, at_once=2, most=2)
    assert ([each.cost_minor for each in cut.found], cut.is_proved) == ([100], False)


def least(components, terms, unit):
    with connection.cursor() as cursor:
        said = [json.dumps(components), None if terms is None else json.dumps(terms), unit]
        cursor.execute("SELECT pricing_least_price(%s, %s, %s)", said)
        return cursor.fetchone()[0]


@pytest.mark.django_db
@SHARED
@given(graduated(), st.decimals(0, 10**7, places=3))
def test_no_tiers_ask_less_than_their_bound(plan, hours):
    components = pricing_rules.components_json(plan.components)
    bound = least(components, None, "standard_hour")
    lines = pricing_rules.rate(plan, Measure({RateUnit.STANDARD_HOUR: hours}))
    assert rules.least_minor(Fraction(hours), bound) <= pricing_rules.total_minor(lines)
    assert bound == min(tier.unit_price for tier in plan.components[0].tiers)


@pytest.mark.django_db
@SHARED
@given(plans(), stretches(), st.decimals("0.000001", 500, places=6))
def test_no_terms_ask_less_than_their_bound(data, period, hours):
    plan = card(data)
    measure = Measure(
        {RateUnit.UNIT_HOUR: hours, RateUnit.STANDARD_HOUR: hours * 3},
        spread=period,
        facts=(("region", "31"),),
    )
    said = plan_terms.terms_json(plan.terms)
    shown = pricing_rules.components_json(plan.components)
    bound = least(shown, said, "unit_hour") + 3 * least(shown, said, "standard_hour")
    total = pricing_rules.total_minor(pricing_rules.rate(plan, measure))
    assert rules.least_minor(Fraction(hours), bound) <= total


def tiers(*said):
    priced = [{"from": border, "unit_price": price} for border, price in said]
    return [{"code": "compute", "unit": "unit_hour", "tiers": priced}]


def opened(now, *said, available_from=None):
    """Return an open listing whose plan asks so by the card-hour."""
    provider = factories.OrganizationFactory(stem="Provider")
    version = factories.RatePlanVersionFactory(
        provider=provider, components=tiers(*said), at=now - timedelta(hours=3)
    )
    return factories.ListingFactory(
        provider=provider,
        version=version,
        at=now,
        available_from=available_from or now - timedelta(hours=2),
    )


NEED = ComputeNeed(NeedKind.CARD_HOURS, unit_hours=Decimal(80), hours=Decimal(10))


@pytest.mark.django_db
def test_a_plan_that_is_dear_at_first_and_cheap_in_quantity_is_found(monkeypatch):
    now = clock.now()
    for price in ("20", "22", "24", "26"):
        opened(now, ("0", price))
    cheap = opened(now, ("0", "90"), ("10", "1"))
    whole = selectors.calculate(NEED, at=now)
    assert whole.offers[0].listing.pk == cheap.pk  # 10 · 90 + 70 · 1 = 970
    found = [offer.gross_minor for offer in whole.offers]
    assert found == [970_00, 1600_00, 1760_00, 1920_00, 2080_00]

    monkeypatch.setattr(selectors, "OFFERS_MAX", 2)
    monkeypatch.setattr(selectors, "AT_ONCE", 1)
    walked = selectors.calculate(NEED, at=now)
    assert [offer.gross_minor for offer in walked.offers] == found[:2]
    assert (walked.considered, walked.is_proved) == (2, True)

    monkeypatch.setattr(selectors, "LOOKED_AT_MAX", 1)
    cut = selectors.calculate(NEED, at=now)
    assert (cut.considered, cut.is_proved) == (1, False)


@pytest.mark.django_db
def test_the_way_of_the_data_counts_before_anything_is_cut(monkeypatch):
    now = clock.now()
    monkeypatch.setattr(selectors, "AT_ONCE", 1)
    monkeypatch.setattr(selectors, "OFFERS_MAX", 1)
    for price in ("20", "20.01"):
        opened(now, ("0", price))
    far = replace(NEED, place="hub:GAN", moved_gb=1_000_000)
    found = selectors.calculate(far, at=now)
    (offer,) = found.offers
    assert offer.path_minor > 0
    assert (offer.gross_minor, found.considered, found.is_proved) == (1600_00, 2, True)


@pytest.mark.django_db
def test_a_cut_that_holds_when_the_order_would_begin_comes_first(monkeypatch):
    now = clock.now()
    opened(now, ("0", "10"))
    cut = opened(now, ("0", "20"))
    with tenancy.acting_as(cut.provider_id):
        services.publish_version(
            provider_id=cut.provider_id,
            plan_id=cut.plan_version.plan_id,
            components=tiers(("0", "1")),
            starts_at=clock.now() + timedelta(milliseconds=200),
            now=clock.now(),
        )
    monkeypatch.setattr(selectors, "AT_ONCE", 1)
    monkeypatch.setattr(selectors, "OFFERS_MAX", 1)

    found = selectors.calculate(NEED, at=now)

    assert [offer.gross_minor for offer in found.offers] == [80_00]
    assert (found.considered, found.is_proved) == (1, True)


@pytest.mark.django_db
def test_no_listing_bears_a_version_to_come_so_none_is_cut_by_it():
    """Its bound would be that of another price than the one that it asks now."""
    now = clock.now()
    dear = opened(now, ("0", "20"))
    with tenancy.acting_as(dear.provider_id):
        cut = services.publish_version(
            provider_id=dear.provider_id,
            plan_id=dear.plan_version.plan_id,
            components=tiers(("0", "1")),
            starts_at=clock.now() + timedelta(days=2),
            now=clock.now(),
        )
        resource = factories.ResourceFactory(provider=dear.provider)
        early = replace(offer(resource.pk, cut.id), available_from=now - timedelta(hours=2))
        with pytest.raises(OfferRefused):
            catalog.open_listing(provider_id=dear.provider_id, offer=early, now=clock.now())

    found = selectors.calculate(NEED, at=clock.now())

    assert ([each.gross_minor for each in found.offers], found.is_proved) == ([1_600_00], True)


@pytest.mark.django_db
def test_what_is_offered_from_the_moment_on_when_the_order_begins_is_found():
    now = clock.now()
    begins = now.replace(minute=0, second=0, microsecond=0) + selectors.HOUR
    opened(now, ("0", "10"))
    opened(now, ("0", "1"), available_from=begins)
    opened(now, ("0", "0.5"), available_from=begins + timedelta(seconds=1))

    found = selectors.calculate(NEED, at=now)

    assert [offer.gross_minor for offer in found.offers] == [80_00, 800_00]
