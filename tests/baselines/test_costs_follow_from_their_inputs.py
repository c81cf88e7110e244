"""What an hour costs to make follows line by line from published inputs."""

import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from marketplace.baselines import rules, verify_baseline
from marketplace.baselines.contracts import PriceStanding
from marketplace.portal.reference_words import formula_text
from metering.table_contracts import HourClass

SCRIPT = verify_baseline.__file__


def test_the_cost_of_a_training_hour_by_hand():
    # Capital 12,000 + upkeep 3,000 + space 0.4 · 1.3 · 1,200 = 624 + staff 1,500 = 17,124 a year,
    # over 6,570 hours sold: 2.606393; electricity 0.4 · 1.3 · 0.65 = 0.338.
    found = rules.baseline_of("training")
    assert found.per_unit_hour == Decimal("2.944393")
    assert found.per_standard_hour == found.per_unit_hour


def test_a_stronger_chip_makes_cheaper_standard_hours_where_it_costs_less_a_figure():
    h100 = next(it for it in rules.baselines() if it.unit == "NVIDIA H100 SXM")
    exact = next(step.value for step in h100.steps if step.code == "unit_hour") * Fraction(312, 989)
    assert abs(Fraction(h100.per_standard_hour) - exact) <= Fraction(1, 2_000_000)


def test_the_page_tells_each_line_in_words_and_as_it_is_computed():
    with translation.override("en"):
        told = [formula_text(step) for step in rules.baseline_of("training").steps]
    assert told[:2] == ["8760 × Share of hours sold", "Hardware ÷ Years of use"]
    assert told[-1] == "An hour of the unit × Figure of the standard hour ÷ Figure of the unit"


def test_nobody_makes_up_a_cost_of_measured_hours():
    assert rules.baseline_of(HourClass.INFERENCE) is None


def test_each_input_says_what_it_rests_on_and_whose_it_is():
    for each in rules.baselines():
        assert all(line.source and line.basis for line in each.inputs.values())


def test_the_script_computes_them_again_and_finds_what_was_changed(db, tmp_path):
    said = Client().get("/api/v1/cost-baselines").json()
    file = tmp_path / "baselines.json"
    file.write_text(json.dumps(said))
    assert subprocess.run([sys.executable, SCRIPT, file], check=False).returncode == 0

    first, *others = said["results"]
    for changed in (
        {"steps": [*first["steps"][:-1], first["steps"][-1] | {"value": "1"}]},
        {"steps": first["steps"][:-1]},
        {"per_unit_hour": "1"},
        {"per_standard_hour": "1"},
    ):
        file.write_text(json.dumps({"results": [first | changed, *others]}))
        assert subprocess.run([sys.executable, SCRIPT, file], check=False).returncode == 1


@given(st.decimals(min_value="0.000001", max_value=10**6, places=6))
def test_a_price_lies_in_one_place_of_a_reference(price):
    class Said:
        hour_class, reference = "training", Decimal(3)
        low, high, floor = Decimal("2.4"), Decimal("3.9"), Decimal(2)
        off_peak_from, off_peak_until, off_peak_bp = 23, 7, 3_000

    found = rules.beside(price, Said())
    expected = {
        price < 2: PriceStanding.BELOW_FLOOR,
        2 <= price < Said.low: PriceStanding.BELOW,
        Said.low <= price <= Said.high: PriceStanding.WITHIN,
        price > Said.high: PriceStanding.ABOVE,
    }[True]
    assert found.standing == expected


@pytest.mark.parametrize("price", [None, Decimal(1)])
def test_nothing_stands_beside_nothing(price):
    assert rules.beside(price, None) is None
