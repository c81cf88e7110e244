"""The handbook's figures of research computing: units, states, dated rate cards, price groups."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from common import notice, tenancy
from common.clock import now
from common.period import Period
from pricing import rate_2, rules, selectors, services
from pricing.contracts import Measure, RateUnit
from pricing.rate_2 import RatedCell, RatingContext, TimedUse
from tests import factories
from tests.pricing.timed_plans import at, card, terms, tiered, unit, used
from tests.settlement.cast import NOON, Market

STATES = {"active": "1", "suspended": "0.75", "stopped": "0.5", "shelved": "0"}
HOUR = timedelta(hours=1)


def by_states(price: str) -> dict:
    """A plan whose unit is a service unit: what a vCPU is in a state multiplies it."""
    return terms(
        unit(price, factors=["class"]), factors={"class": {"otherwise": "1", "values": STATES}}
    )


@pytest.mark.parametrize(
    ("state", "fen"), [("active", 800), ("suspended", 600), ("stopped", 400), ("shelved", 0)]
)
def test_what_stands_still_costs_less(state, fen):
    measure = used("4", lasts=4)
    measure = Measure(measure.quantities, spread=measure.spread, facts=(("class", state),))

    assert rules.total_minor(rules.rate(card(by_states("2")), measure)) == fen


@pytest.mark.parametrize(("units", "yuan"), [("3.0", 6), ("2.0", 4)])
def test_service_units_by_sum_and_by_maximum_are_priced_alike(units, yuan):
    measure = Measure({RateUnit.UNIT_HOUR: Decimal(units)})

    assert rules.total_minor(rules.rate(card(terms(unit("2"))), measure)) == yuan * 100


@pytest.mark.django_db
def test_a_rate_card_of_another_year_is_another_version():
    provider = factories.OrganizationFactory(stem="Campus")
    plan = factories.RatePlanFactory(provider=provider)
    with tenancy.acting_as_platform():
        today = now()  # Each version is announced as it is published.
        publish = {"provider_id": provider.pk, "plan_id": plan.pk}
        first = services.publish_version(terms=by_states("2"), now=today, **publish)
        with pytest.raises(notice.NoticeTooShort):
            services.publish_version(
                terms=by_states("4"), starts_at=today + HOUR, now=now(), **publish
            )
        second = services.publish_version(
            terms=by_states("4"),
            starts_at=today + timedelta(days=30),
            now=now(),
            **publish,
        )
        found = [
            selectors.version_in_effect(plan_id=plan.pk, at=today + timedelta(days=days)).pk
            for days in (1, 29, 30, 400)
        ]

    assert found == [first.id, first.id, second.id, second.id]


def test_tiers_of_a_fiscal_year_begin_anew_in_april_whoever_splits_the_orders():
    """¥3 for the first ten hours of a year that begins in April, then ¥2."""
    plan = card(terms(tiered(("0", "3"), ("10", "2")), counted_by="buyer_year", fiscal_month=4))
    taken: dict[RatedCell, Fraction] = {}

    def ordered(starts: str, hours: int) -> int:
        period = Period(at(starts), at(starts) + 4 * HOUR)
        context = RatingContext({}, period, dict(taken))
        use = TimedUse(period, {RateUnit.UNIT_HOUR: Fraction(hours)}, Fraction(hours))
        cells = rate_2.advanced(plan.terms, {}, use, context)
        for cell, quantity in cells.items():
            taken[cell] = taken.get(cell, Fraction(0)) + quantity
        return rate_2.total_of(plan, cells, context)

    # By hand: 10 · 3 + 10 · 2 = 50 in March; on the last evening of the year 5 · 2 = 10 more; in
    # the first hours of April 10 · 3 + 10 · 2 = 50 again. An order over midnight of 31 March is
    # parted: half of its 8 hours at ¥2 of the old year, half at ¥2 of the new, whose ten are used.
    assert ordered("2026-03-10T00:00", 20) == 5_000
    assert ordered("2026-03-31T20:00", 5) == 1_000
    assert ordered("2026-04-01T00:00", 20) == 5_000
    assert ordered("2026-03-31T22:00", 8) == 1_600
    years = {cell.period: quantity for cell, quantity in taken.items() if cell.tier == 0}
    assert set(years) == {"FY2025", "FY2026"}
    assert set(years.values()) == {10}


@pytest.mark.django_db
@pytest.mark.slow
def test_charging_fills_the_tiers_of_a_fiscal_year_on_either_side_of_its_border():
    """
    ¥3 for the first four hours of a fiscal year, then ¥2; the year begins on 1 December.

        order        30 November    1 December     by hand
        first            6 h             –         4 · 3 + 2 · 2 = 16
        second           3 h             –         3 · 2         =  6, the year's four are used
        third            –               6 h       4 · 3 + 2 · 2 = 16, a new year
        fourth           –               1 h       1 · 2         =  2
    """
    market = Market(
        terms=terms(tiered(("0", "3"), ("4", "2")), counted_by="buyer_year", fiscal_month=12)
        | {"zone": "UTC"}
    )
    border = 252  # hours from noon of 20 November to the first of December
    paid = []
    for hour, cards in ((border - 2, 6), (border - 1, 3), (border, 6), (border + 1, 1)):
        order = market.order(cards=8, hours=1, starts_at=NOON + hour * HOUR)
        market.use(order, str(cards), hour=hour, event_id=f"of {order.number}")
        market.charge(at=NOON + (border + 48) * HOUR)
        paid.append(market.contract(order).gross_minor)

    assert paid == [16_00, 6_00, 16_00, 2_00]
