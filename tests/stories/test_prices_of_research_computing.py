"""The handbook's figures of research computing: units, states, dated rate cards, price groups."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common import notice, tenancy
from common.clock import now
from pricing import rules, selectors, services
from pricing.contracts import Measure, RateUnit
from tests import factories
from tests.pricing.timed_plans import card, terms, unit, used

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
