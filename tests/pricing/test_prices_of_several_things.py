"""One plan has prices of compute, storage and data moved: a use finds those of its own alone."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from common.ids import uuid7
from pricing import plan_terms, rate_2, rate_4, rate_many, rules, services, verify_price, worsening
from pricing.contracts import InvalidRates, Measure, RateUnit
from pricing.models import RatePlanVersion
from pricing.plan_models import SoldAs
from tests.pricing.conftest import NOW
from tests.pricing.test_prices_are_verified import evaluation
from tests.pricing.test_rating_in_columns import exactly, told, usage
from tests.pricing.timed_plans import PEAK_AND_VALLEY, card, flat, plans, stretches, terms, unit

CARDS = unit("12", code="cards", sold_as="compute", bands={"peak": "1.5"})
KEPT = unit("1.2", code="kept", unit="gb_month", sold_as="storage")
MOVED = unit("0.5", code="moved", unit="gb_moved", sold_as="network", factors=["path"])
PATHS = {"path": {"otherwise": "2", "values": {"le-5ms": "1"}}}
SAID = terms(
    CARDS,
    flat("9.99", model="minimum", sold_as="compute"),
    KEPT,
    MOVED,
    flat("3", code="port", sold_as="network"),
    bands=PEAK_AND_VALLEY,
    factors=PATHS,
)
AMOUNTS = st.decimals("0.000001", 500, places=6)


def plan(said=SAID):
    found = card(said)
    return replace(found, rating_rule=rules.timed_rule(found.terms))


def sold(kind: SoldAs, amounts, period) -> Measure:
    units = (RateUnit.UNIT_HOUR, RateUnit.GB_MONTH, RateUnit.GB_MOVED)
    facts = (("path", "le-5ms"), ("sold_as", kind.value))
    return Measure(dict(zip(units, amounts, strict=True)), spread=period, facts=facts)


@settings(max_examples=40, deadline=None)
@given(amounts=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), period=stretches())
def test_a_set_costs_what_plans_of_one_thing_each_cost(amounts, period):
    apart = {
        kind: card(SAID | {"components": [e for e in SAID["components"] if e["sold_as"] == kind]})
        for kind in SoldAs
    }
    total = 0
    for kind in SoldAs:
        measure = sold(kind, amounts, period)
        lines = rules.rate(plan(), measure)
        assert {(line.rating_rule, line.sold_as) for line in lines} == {("rate-4", kind)}
        own = rate_2.rate(apart[kind], measure)
        assert [replace(line, rating_rule="rate-2", sold_as="") for line in lines] == own
        assert verify_price.check(evaluation(plan(), measure)) == []
        total += rules.total_minor(lines)
    assert total == sum(
        rules.total_minor(rate_2.rate(apart[kind], sold(kind, amounts, period))) for kind in SoldAs
    )


def test_what_says_nothing_is_compute_and_lines_tell_it():
    (hours,) = rules.rate(
        plan(terms(CARDS | {"bands": {}}, KEPT)), Measure({RateUnit.UNIT_HOUR: Decimal(2)})
    )

    assert (hours.component, hours.amount_minor, hours.sold_as) == ("cards", 24_00, "compute")
    assert rules.facts_of([rules.line_json(hours)]) == {"sold_as": "compute"}


@settings(max_examples=20, deadline=None)
@given(records=usage())
def test_columns_give_every_line_of_what_is_sold(records):
    hours = unit("12.345", code="cards", sold_as="compute")
    both = plan(terms(hours, flat("9.99", model="minimum", sold_as="compute"), KEPT))

    assert told(both, rate_many.rate_many(both, records)) == exactly(both, records)


@pytest.mark.parametrize(
    "parts",
    [
        [CARDS, KEPT | {"sold_as": "shelves"}],
        [CARDS, unit("1", code="kept", unit="gb_month")],  # One says it, the other does not.
        [CARDS, unit("1", code="more", sold_as="storage")],  # Hours are of compute.
        [CARDS, KEPT | {"unit": "gb_moved"}],
        [CARDS, KEPT, flat("5", sold_as="network")],  # Nothing counts what is moved.
        [CARDS, unit("1", code="said", unit="ktoken", sold_as="compute")],
    ],
)
def test_prices_that_are_of_nothing_have_a_sentence_and_no_row(parts, provider):
    said = terms(*parts, bands=PEAK_AND_VALLEY)
    with pytest.raises(InvalidRates):
        plan_terms.parse(said)
    made = services.create_plan(provider_id=provider.pk, code="p", name="P", now=NOW)
    services.publish_version(provider_id=provider.pk, plan_id=made.pk, terms=SAID, now=NOW)
    version = RatePlanVersion.objects.get(plan=made)
    other = services.create_plan(provider_id=provider.pk, code="q", name="Q", now=NOW)
    version.pk, version.plan, version.plan_seq, version.terms = uuid7(), other, other.seq, said
    version.components = [
        {
            "code": e["code"],
            "unit": e["unit"],
            "tiers": [{"from": "0", "unit_price": e["unit_price"]}],
        }
        for e in parts
        if "unit_price" in e
    ]
    with pytest.raises(IntegrityError, match="terms_are_sound"), transaction.atomic():
        version.save(force_insert=True)


@pytest.mark.parametrize("rule", ["rate-1", "rate-2", "rate-3"])
def test_no_other_rule_rates_them(rule, provider):
    made = services.create_plan(provider_id=provider.pk, code="p", name="P", now=NOW)
    services.publish_version(provider_id=provider.pk, plan_id=made.pk, terms=SAID, now=NOW)
    version = RatePlanVersion.objects.get(plan=made)
    assert version.rating_rule == "rate-4"
    # What lists and searches walk by is a bound of each unit by itself.
    assert (version.least_unit_hour, version.least_gb_month) == (12, Decimal("1.2"))
    other = services.create_plan(provider_id=provider.pk, code="q", name="Q", now=NOW)
    version.pk, version.plan, version.plan_seq, version.rating_rule = (
        uuid7(),
        other,
        other.seq,
        rule,
    )
    with pytest.raises(IntegrityError, match="rule_fits"), transaction.atomic():
        version.save(force_insert=True)


def follows(measure: Measure, lines: list[dict], gross: int) -> bool:
    said = rules.measure_json(measure)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pricing_lines_follow_2(%s, %s, %s, %s, %s)",
            [*map(_json, (plan_terms.terms_json(plan().terms), said, lines)), gross,
             plan().version_id],
        )  # fmt: skip
        return bool(cursor.fetchone()[0])


def _json(value) -> str:
    return json.dumps(value)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(amounts=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), period=stretches())
def test_the_database_accepts_the_prices_of_what_is_sold_alone(amounts, period):
    told = {}
    for kind in SoldAs:
        measure = sold(kind, amounts, period)
        lines = rules.rate(plan(), measure)
        told[kind] = [rules.line_json(line) for line in lines], rules.total_minor(lines)
        assert follows(measure, *told[kind])
    as_storage = sold(SoldAs.STORAGE, amounts, period)
    assert not follows(as_storage, *told[SoldAs.COMPUTE])
    lines, gross = told[SoldAs.STORAGE]
    assert not follows(as_storage, [each | {"sold_as": "network"} for each in lines], gross)


def test_another_thing_in_the_plan_is_no_cut():
    before = worsening.PlanTerms(plan().components, "CNY", "rate-4", plan().terms)
    more = plan_terms.parse(SAID | {"components": [*SAID["components"], KEPT | {"code": "cold"}]})
    after = worsening.PlanTerms(plan_terms.projected(more), "CNY", "rate-4", more)

    assert worsening.is_worse(before, after)
    assert not worsening.is_worse(before, before)


@settings(max_examples=20, deadline=None)
@given(data=plans(), period=stretches())
def test_plans_that_say_nothing_of_it_are_rated_as_before(data, period):
    old = card(data)
    measure = Measure(
        {RateUnit.UNIT_HOUR: Decimal(3), RateUnit.STANDARD_HOUR: Decimal(9)}, spread=period
    )

    assert rate_4.by_facts(old, {"sold_as": "storage"}) is old
    assert all("sold_as" not in rules.line_json(line) for line in rules.rate(old, measure))
