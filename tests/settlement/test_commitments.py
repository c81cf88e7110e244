"""What a contract is committed to: prepaid, reserved, minimum; renewal and early end."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common import tenancy
from marketplace.settlement import selectors
from pricing.plan_models import PlanModel
from tests.pricing.timed_plans import flat, terms, unit
from tests.settlement.cast import HOUR, NOON, Market

pytestmark = pytest.mark.django_db
PREPAID = {
    "code": "usage", "model": "prepaid", "unit": "unit_hour", "hours": "3", "price": "9",
    "unit_price": "4",
}  # fmt: skip


def by(*components) -> Market:
    return Market(terms=terms(*components) | {"zone": "UTC"})


def report(market, order, *, now):
    with tenancy.acting_as(market.buyer.pk):
        contract = selectors.contract_of_order(order.pk)
        return selectors.commitment_report(contract, now=now)


@pytest.mark.parametrize(
    ("used", "left", "beyond", "owed"),
    [("2", "1", "0", 900), ("3", "0", "0", 900), ("3.5", "0", "0.5", 900 + 200)],
)
def test_prepaid_hours_are_used_left_and_exceeded(used, left, beyond, owed):
    market = by(PREPAID)
    order = market.order(cards=4, hours=1)
    market.use(order, used)
    market.charge()

    (state,) = report(market, order, now=NOON + HOUR).states

    assert (state.model, state.agreed) == (PlanModel.PREPAID, 3)
    assert (state.left, state.beyond) == (Decimal(left), Decimal(beyond))
    assert (state.agreed_minor, state.owed_minor) == (900, owed)


def test_reserved_capacity_is_kept_hour_by_hour():
    market = by({"code": "kept", "model": "reserved", "unit_price": "5", "discount": "0.3"})
    order = market.order(cards=2, hours=4)
    market.use(order, "0")
    market.charge()

    (state,) = report(market, order, now=NOON + HOUR).states

    assert (state.agreed, state.used, state.left) == (8, 2, 6)
    assert state.owed_minor == 700


def test_a_renewal_is_estimated_by_what_was_used():
    market = by(unit("5"))
    order = market.order(cards=4, hours=4)
    market.use(order, "1")
    market.use(order, "3", hour=1)
    market.charge()

    estimate = report(market, order, now=NOON + 2 * HOUR).renewal

    assert estimate is not None
    assert estimate.quantity == 8
    assert estimate.amount_minor == 4000
    assert estimate.period.starts_at == order.ends_at


def test_nothing_is_estimated_before_anything_is_measured():
    market = by(unit("5"))
    order = market.order(cards=4, hours=4)
    market.use(order, "0", hour=3)
    market.charge()

    assert report(market, order, now=NOON + HOUR).renewal is None


def test_an_early_end_says_what_was_committed_and_not_used():
    market = by(PREPAID, flat("20", model="minimum"))
    order = market.order(cards=4, hours=10)
    market.use(order, "1")
    market.charge(at=NOON + 2 * HOUR)
    with tenancy.acting_as(market.buyer.pk):
        contract = selectors.contract_of_order(order.pk)
        cost = selectors.early_end_of(contract, now=NOON + HOUR, ends_at=NOON + 2 * HOUR)

    # One hour an hour: two by the end, of three; nine yuan, and what is missing to twenty.
    assert cost is not None
    assert cost.total_minor == 2000
    assert cost.without_use_minor == 600 + 1100
    assert cost.otherwise_minor == 900 + 7 * 400
    assert cost.fee_minor == 0


def test_a_plan_of_tiers_commits_to_nothing_and_still_estimates():
    market = Market()
    order = market.order(cards=2, hours=2)
    market.use(order, "1")
    market.charge()

    found = report(market, order, now=NOON + HOUR)

    assert found.states == []
    assert found.renewal is not None
    assert found.renewal.amount_minor == 2 * 1200
    assert found.renewal.period.ends_at - found.renewal.period.starts_at == timedelta(hours=2)
