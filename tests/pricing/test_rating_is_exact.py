from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import rules
from pricing.contracts import InvalidQuantity, Measure, NotMeasured, RateUnit
from tests.pricing.cards import RULE, VERSION, card, component, graduated, hours, quantities


def test_graduated_tiers_price_each_portion_at_its_own_price():
    plan = card(component(("0", "3.18"), ("1000", "2.95"), ("5000", "2.6")))

    lines = rules.rate(plan, hours("5250.5"))

    assert [(str(line.quantity), str(line.unit_price), line.amount_minor) for line in lines] == [
        ("1000", "3.18", 318_000),
        ("4000", "2.95", 1_180_000),
        ("250.5", "2.6", 65_130),
    ]
    assert rules.total_minor(lines) == 1_563_130


def test_a_line_explains_itself():
    (line,) = rules.rate(card(component(("0", "3.335"))), hours("0.3"))

    assert rules.line_json(line) == {
        "component": "usage",
        "unit": "standard_hour",
        "quantity": "0.3",
        "tier_from": "0",
        "tier_until": None,
        "unit_price": "3.335",
        "raw_amount": "1.0005",
        "amount_minor": 100,
        "asset": "CNY",
        "plan_version_id": str(VERSION),
        "rule_version_id": str(RULE),
    }


def test_components_of_several_units_add_up():
    plan = card(
        component(("0", "2"), unit="unit_hour", code="cards"),
        component(("0", "0.012"), unit="ktoken", code="tokens"),
    )

    lines = rules.rate(
        plan, Measure({RateUnit.UNIT_HOUR: Decimal(8), RateUnit.KTOKEN: Decimal("1234.5")})
    )

    assert [(line.component, line.amount_minor) for line in lines] == [
        ("cards", 1600),
        ("tokens", 1481),
    ]


def test_half_a_fen_goes_up_once():
    assert rules.total_minor(rules.rate(card(component(("0", "0.005"))), hours("1"))) == 1


def test_nothing_used_is_one_line_of_nothing():
    (line,) = rules.rate(card(component(("0", "3"), ("10", "2"))), hours("0"))

    assert (line.quantity, line.amount_minor) == (0, 0)


def test_a_use_without_a_figure_in_the_plans_unit_is_refused():
    with pytest.raises(NotMeasured) as refused:
        rules.rate(card(component(("0", "3"))), Measure({RateUnit.UNIT_HOUR: Decimal(1)}))

    assert refused.value.facts == {"unit": "standard_hour"}


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "-Infinity", "-1", "1E+19", "1E-13"])
def test_a_quantity_that_is_no_plain_amount_is_refused(quantity):
    with pytest.raises(InvalidQuantity):
        rules.rate(card(component(("0", "3"))), hours(quantity))


@given(plan=graduated(), quantity=quantities())
def test_the_charge_is_the_sum_of_its_lines_each_rounded_once(plan, quantity):
    lines = rules.rate(plan, hours(quantity))

    assert rules.total_minor(lines) == sum(line.amount_minor for line in lines)
    assert sum((line.quantity for line in lines), Decimal(0)) == quantity
    for line in lines:
        assert abs(line.raw_amount * 100 - line.amount_minor) <= Decimal("0.5")


@given(plan=graduated(), quantity=quantities(), data=st.data())
def test_splitting_at_a_tier_border_never_changes_the_raw_sum(plan, quantity, data):
    borders = [tier.starts_from for tier in plan.components[0].tiers if tier.starts_from < quantity]
    border = data.draw(st.sampled_from(borders or [Decimal(0)]))

    whole = rules.rate(plan, hours(quantity))
    first = rules.rate(plan, hours(border))
    rest = rules.rate(plan, hours(quantity - border), after=hours(border))

    assert rules.raw_total(first) + rules.raw_total(rest) == rules.raw_total(whole)


@given(plan=graduated(), parts=st.lists(quantities(), min_size=1, max_size=20))
def test_charging_in_parts_adds_up_to_the_charge_of_the_whole_to_the_fen(plan, parts):
    charged, before = 0, Decimal(0)
    for part in parts:
        charged += rules.total_minor(rules.rate(plan, hours(part), after=hours(before)))
        before += part

    assert charged == rules.total_minor(rules.rate(plan, hours(before)))


@given(plan=graduated(), quantity=quantities(), taken_back=quantities())
def test_taking_back_is_the_exact_opposite_of_charging(plan, quantity, taken_back):
    taken_back = min(taken_back, quantity)

    credit = rules.rate(plan, hours(-taken_back), after=hours(quantity))
    charge = rules.rate(plan, hours(taken_back), after=hours(quantity - taken_back))

    assert rules.total_minor(credit) == -rules.total_minor(charge)


@given(plan=graduated(), less=quantities(), more=quantities())
def test_more_never_costs_less(plan, less, more):
    less, more = sorted([less, more])

    assert rules.total_minor(rules.rate(plan, hours(less))) <= rules.total_minor(
        rules.rate(plan, hours(more))
    )


@pytest.mark.parametrize(
    ("unit_seconds", "expected"),
    [("3600", "1"), ("5120", "1.422222222222"), ("0", "0"), ("1", "0.000277777778")],
)
def test_seconds_become_hours(unit_seconds, expected):
    assert rules.unit_hours(Decimal(unit_seconds)) == Decimal(expected)
