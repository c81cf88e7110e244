"""A rate card says 2 a unit in one year and 4 in the next: each moment has one of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from common import clock
from pricing import rules, selectors, services
from pricing.contracts import Measure
from tests.pricing.cards import component

TICK = timedelta(microseconds=1)


@pytest.fixture
def border():
    """Return when the next year begins, by the database's clock."""
    return datetime(clock.now().year + 1, 1, 1, tzinfo=UTC) + timedelta(days=8)


@pytest.fixture
def years(plan, border):
    now = clock.now()
    for price, starts_at in (("2", now), ("4", border)):
        services.publish_version(
            provider_id=plan.provider_id,
            plan_id=plan.pk,
            components=[component(("0", price))],
            now=now,
            starts_at=starts_at,
        )
    return plan


def price_at(plan, moment):
    """Return what ten hours cost by the version that is in force, and its number."""
    version = selectors.version_in_effect(plan_id=plan.pk, at=moment)
    card = selectors.rate_card(version.pk)
    ten = Measure({each.unit: Decimal(10) for each in card.components})
    return rules.total_minor(rules.rate(card, ten)), version.version


@pytest.mark.parametrize(
    ("after", "minor", "version"), [(-TICK, 2000, 1), (0 * TICK, 4000, 2), (TICK, 4000, 2)]
)
def test_the_year_that_a_moment_lies_in_decides(years, border, after, minor, version):
    assert price_at(years, border + after) == (minor, version)


def test_what_was_priced_in_one_year_is_priced_so_in_the_next(years, border):
    old = selectors.version_in_effect(plan_id=years.pk, at=border - TICK)
    card = selectors.rate_card(old.pk)

    assert selectors.version_in_effect(plan_id=years.pk, at=border).pk != old.pk
    ten = Measure({each.unit: Decimal(10) for each in card.components})
    assert rules.total_minor(rules.rate(card, ten)) == 2000
