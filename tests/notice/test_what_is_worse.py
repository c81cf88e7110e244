"""What counts as worse, by rules of each kind; and the database says the same."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.settlement import worsening as fees
from marketplace.settlement.worsening import FeeTerms
from marketplace.vouchers import programme_rules
from marketplace.vouchers import worsening as programmes
from metering import definitions
from metering import worsening as measuring
from pricing import plan_terms
from pricing import rules as pricing
from pricing import worsening as plans
from pricing.contracts import Measure, RateUnit
from pricing.worsening import PlanTerms
from tests.cast import uscc
from tests.pricing import timed_plans as timed
from tests.pricing.cards import card, component
from tests.vouchers.cast import rate, rules_data

SHARED_DATABASE = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def judged(function: str, before: dict, after: dict) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(%s::jsonb, %s::jsonb)", [json.dumps(before), json.dumps(after)]
        )
        return cursor.fetchone()[0]


# --- Rate plans --------------------------------------------------------------------------------
BORDERS = st.lists(st.sampled_from(["1", "10", "10.5", "100"]), unique=True, max_size=3)
PRICES = st.sampled_from(["0", "1", "1.5", "2", "2.000001"])


@st.composite
def components(draw):
    found = []
    for code in draw(st.sampled_from([("usage",), ("usage", "storage")])):
        borders = ["0", *sorted(draw(BORDERS), key=Decimal)]
        unit = draw(st.sampled_from(["unit_hour", "unit_hour", "unit_hour", "ktoken"]))
        tiers = [(border, draw(PRICES)) for border in borders]
        found.append(component(*tiers, unit=unit, code=code))
    return found


def terms(parts, asset="CNY", rule="rate-1") -> PlanTerms:
    return PlanTerms(pricing.parse_components(parts), asset, rule)


def row(parts, asset="CNY", rule="rate-1") -> dict:
    return {"components": parts, "asset": asset, "rating_rule": rule}


@given(before=components(), after=components(), hours=st.decimals(0, 300, places=3))
def test_who_is_not_told_beforehand_pays_no_more_for_anything(before, after, hours):
    if plans.is_worse(terms(before), terms(after)):
        return
    measure = Measure(dict.fromkeys(RateUnit, hours))

    paid, pays = (
        pricing.raw_total(pricing.rate(card(*parts), measure)) for parts in (before, after)
    )

    assert pays <= paid


@given(parts=components())
def test_the_same_prices_are_not_worse(parts):
    assert not plans.is_worse(terms(parts), terms(parts))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("0", "2")], [("0", "2.01")]),
        ([("0", "2")], [("0", "1"), ("1000", "2.01")]),
        ([("0", "2"), ("10", "1")], [("0", "2"), ("11", "1")]),
    ],
    ids=["dearer", "dearer for large orders", "a discount that begins later"],
)
def test_prices_that_are_worse_for_somebody(before, after):
    assert plans.is_worse(terms([component(*before)]), terms([component(*after)]))


def test_what_is_not_clear_is_worse():
    one, both = [component(("0", "1"))], [component(("0", "1")), component(("0", "0"), code="more")]

    assert plans.is_worse(terms(one), terms(both))
    assert plans.is_worse(terms(both), terms(one))
    assert plans.is_worse(terms(one), terms(one, asset="VCH"))
    assert plans.is_worse(terms(one), terms(one, rule="rate-2"))


VALLEY = [{"band": "valley", "from": "00:00", "until": "08:00"}]
TABLE = {"region": {"otherwise": "1", "values": {"31": "0.9"}}}
FLAT = timed.terms(timed.unit("5"))


@pytest.mark.parametrize(
    ("before", "after", "is_worse"),
    [
        (None, timed.terms(timed.unit("5", bands={"valley": "0.5"}), bands=VALLEY), False),
        (None, timed.terms(timed.unit("4", factors=["region"]), factors=TABLE), False),
        (None, timed.terms(timed.tiered(("0", "5"), ("10", "4"))), False),
        (None, timed.terms(timed.unit("5", bands={"valley": "1.1"}), bands=VALLEY), True),
        (None, timed.terms(timed.unit("5.1", bands={"valley": "0.1"}), bands=VALLEY), True),
        (None, timed.terms(timed.unit("5", increment="1")), True),
        (None, timed.terms(timed.unit("5"), to_minor=10), True),
        (None, timed.terms(timed.unit("5", per="month")), True),
        (None, timed.terms(timed.unit("5"), timed.flat("1")), True),
        (
            None,
            timed.terms(
                timed.tiered(("0", "5"), ("10", "4"), bands={"valley": "0.5"}), bands=VALLEY
            ),
            True,
        ),
        (
            None,
            timed.terms(
                timed.unit("5", factors=["region"]),
                factors={"region": {"otherwise": "1.1", "values": {}}},
            ),
            True,
        ),
        (FLAT, timed.terms(timed.unit("5", bands={"valley": "0.5"}), bands=VALLEY), False),
        (FLAT, timed.terms(timed.unit("5", bands={"valley": "1.5"}), bands=VALLEY), True),
        (
            timed.terms(timed.unit("5", increment="1")),
            timed.terms(timed.unit("5", increment="1", bands={"valley": "0.5"}), bands=VALLEY),
            True,
        ),
        (timed.terms(timed.unit("5", bands={"valley": "0.5"}), bands=VALLEY), FLAT, True),
    ],
)
@pytest.mark.django_db
def test_a_cut_by_time_or_fact_is_not_worse_and_the_database_agrees(before, after, is_worse):
    later = plan_terms.parse(after)
    one = terms([component(("0", "5"), unit="unit_hour")])
    if before is not None:
        said = plan_terms.parse(before)
        one = PlanTerms(plan_terms.projected(said), "CNY", "rate-2", said)
    two = PlanTerms(plan_terms.projected(later), "CNY", "rate-2", later)
    rows = [
        row(pricing.components_json(each.components), rule=each.rating_rule)
        | {"terms": each.terms and plan_terms.terms_json(each.terms)}
        for each in (one, two)
    ]

    assert plans.is_worse(one, two) is is_worse
    assert judged("pricing_version_is_worse", *rows) is is_worse


@pytest.mark.django_db
@SHARED_DATABASE
@given(before=components(), after=components(), asset=st.sampled_from(["CNY", "CNY", "VCH"]))
def test_the_database_judges_prices_alike(before, after, asset):
    expected = plans.is_worse(terms(before), terms(after, asset=asset))

    assert judged("pricing_version_is_worse", row(before), row(after, asset=asset)) is expected


# --- Programmes --------------------------------------------------------------------------------
MOMENTS = st.sampled_from([None, "2026-01-01T00:00:00+08:00", "2026-06-01T00:00:00+00:00"])
CODES = [uscc(1), uscc(2)]
RATES = st.lists(
    st.builds(
        rate,
        st.sampled_from(["0.1", "0.3", "0.30", "1"]),
        beneficiary=st.sampled_from(["ANY", "SME", "STARTUP"]),
        resource_class=st.sampled_from(["ANY", "AI", "HPC"]),
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def programme(draw):
    start = draw(MOMENTS)
    return rules_data(
        mode=draw(st.sampled_from(["OFFSET", "OFFSET", "EX_POST"])),
        rates=draw(RATES),
        eligible_lines=draw(st.sampled_from([["COMPUTE"], ["COMPUTE", "STORAGE"]])),
        per_order_cap_minor=draw(st.sampled_from([None, 100, 200])),
        per_entity_year_cap_minor=draw(st.sampled_from([None, 1_000])),
        validity_days=draw(st.sampled_from([30, 365])),
        applications_from=start,
        applications_until=draw(st.sampled_from([None, "2027-01-01T00:00:00Z"])),
        orders_from=draw(MOMENTS),
        requires_sme_certificate=draw(st.booleans()),
        suppliers=draw(st.sampled_from([None, CODES[:1]])),
        combines=draw(st.booleans()),
        funding=draw(st.sampled_from([[], [{"source": "city", "share": "1"}]])),
    )


@st.composite
def changed(draw):
    """Rules, and rules that differ from them in one or two members."""
    before, other = draw(programme()), draw(programme())
    names = draw(st.lists(st.sampled_from(sorted(before)), max_size=2))
    return before, before | {name: other[name] for name in names}


@pytest.mark.django_db
@SHARED_DATABASE
@given(pair=changed())
def test_the_database_judges_programmes_alike(pair):
    before, after = (programme_rules.parse(each) for each in pair)
    stored = ({"rules": programme_rules.canonical(each)} for each in (before, after))

    assert judged("vouchers_version_is_worse", *stored) is programmes.is_worse(before, after)


@pytest.mark.parametrize(
    ("change", "is_worse"),
    [
        ({}, False),
        ({"per_order_cap_minor": 99}, True),
        ({"per_order_cap_minor": None}, False),
        ({"validity_days": 364}, True),
        ({"rates": [rate("0.4")]}, False),
        ({"rates": [rate("0.4", beneficiary="SME")]}, True),
        ({"eligible_lines": ["STORAGE"]}, True),
        ({"requires_sme_certificate": True}, True),
        ({"suppliers": CODES[:1]}, True),
        ({"combines": False}, True),
        ({"orders_from": "2026-01-01T00:00:00Z"}, True),
        ({"applications_until": "2026-01-01T00:00:00Z"}, True),
        ({"funding": [{"source": "city", "share": "1"}]}, True),
    ],
    ids=str,
)
def test_a_programme_gives_as_much_or_it_is_worse(change, is_worse):
    base = rules_data(per_order_cap_minor=100)
    before, after = programme_rules.parse(base), programme_rules.parse(base | change)

    assert programmes.is_worse(before, after) is is_worse


# --- Measuring, fees ---------------------------------------------------------------------------
def definition() -> dict:
    return next(
        each["definition"]
        for each in definitions.shipped_rules()
        if each["code"] == "accelerator-hours"
    )


def measured(data: dict) -> dict:
    names = ("metric", "window_seconds", "grace_seconds")
    return {"definition": data, "metric_id": data["metric"]} | {n: data[n] for n in names[1:]}


def edited(**changes) -> dict:
    return definition() | changes


def with_first_factor(**changes) -> dict:
    first, *rest = definition()["factors"]
    return edited(factors=[first | changes, *rest])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("after", "is_worse"),
    [
        (definition(), False),
        (with_first_factor(source="another table"), False),
        (edited(factors=definition()["factors"][::-1]), False),
        (with_first_factor(tflops="400", factor="1.282051"), True),
        (edited(factors=definition()["factors"][1:]), True),
        (edited(window_seconds=7200), True),
        (edited(grace_seconds=0), True),
        (edited(accepts_certificates=False), True),
        (edited(measuring_rule="measure-2"), True),
    ],
    ids=["same", "source", "order", "factor", "a chip less", "window", "grace", "certs", "rule"],
)
def test_other_measuring_is_worse_for_somebody(after, is_worse):
    assert measuring.is_worse(definition(), after) is is_worse
    stored = (measured(definition()), measured(after))
    assert judged("metering_version_is_worse", *stored) is is_worse


@pytest.mark.django_db
@SHARED_DATABASE
@given(
    rates=st.tuples(*[st.decimals("0", "0.999999", places=6)] * 2),
    rule=st.sampled_from(["fee-1", "fee-2"]),
)
def test_a_higher_fee_is_worse(rates, rule):
    before, after = FeeTerms(rates[0], "fee-1"), FeeTerms(rates[1], rule)
    expected = rates[1] > rates[0] or rule == "fee-2"

    assert fees.is_worse(before, after) is expected
    assert not fees.is_worse(before, replace(before, rate=Decimal(0)))
    stored = ({"rate": str(each.rate), "rule": each.rule} for each in (before, after))
    assert judged("settlement_fee_is_worse", *stored) is expected
