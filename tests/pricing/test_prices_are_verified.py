"""The script computes prices without the market, and sees what was changed."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import plan_terms, rate_2, rules, verify_price
from pricing.contracts import Measure, RateUnit
from tests.pricing.cards import card as plain_card
from tests.pricing.cards import component, hours
from tests.pricing.timed_plans import card, plans, stretches


def evaluation(plan, measure: Measure) -> dict:
    lines = rules.rate(plan, measure)
    subject = {"listing": "L-000001"}
    return {
        "plan_version_id": str(plan.version_id),
        "plan_content_hash": plan.content_hash,
        "components": rules.components_json(plan.components),
        "terms": None if plan.terms is None else plan_terms.terms_json(plan.terms),
        "measure": rules.measure_json(measure),
        "subject": subject,
        "lines": [rules.line_json(line) for line in lines],
        "gross_minor": rules.total_minor(lines),
        "inputs_hash": rules.quote_inputs_hash(plan, measure, subject),
    }


def test_a_file_that_says_nothing_of_a_price_cannot_be_read(tmp_path):
    path = tmp_path / "quote.json"
    path.write_text("[]")

    call = [sys.executable, verify_price.__file__, str(path)]

    assert subprocess.run(call, check=False, capture_output=True).returncode == 2


@settings(max_examples=80, deadline=None)
@given(data=plans(), period=stretches(), used=st.decimals("0.000001", 500, places=6))
def test_the_script_prices_as_the_rule_does(data, period, used):
    measure = Measure(
        {RateUnit.UNIT_HOUR: used, RateUnit.STANDARD_HOUR: used * 3},
        spread=period,
        facts=(("region", "31"),),
    )

    assert verify_price.check(evaluation(card(data), measure)) == []


def test_tiers_of_the_first_rule_are_priced_as_well():
    plan = plain_card(component(("0", "3.18"), ("1000", "2.95")))

    assert verify_price.check(evaluation(plan, hours("1200.5"))) == []


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({}, 0, "OK: 377148"),
        ({"gross_minor": 1}, 1, "1 is told"),
        ({"subject": {}}, 1, "their hash"),
        ({"lines": []}, 1, "0 lines are told"),
        ({"measure": {"quantities": {}}}, 2, "no evaluation"),
        ({"measure": {"quantities": {"standard_hour": "many"}}}, 2, "no evaluation"),
        ({"measure": []}, 2, "no evaluation"),
        ({"kind": "charges", "charges": []}, 2, "no charges"),
    ],
)
def test_it_says_what_differs(tmp_path, change, status, words):
    plan = plain_card(component(("0", "3.18"), ("1000", "2.95")))
    path = tmp_path / "quote.json"
    path.write_text(json.dumps(evaluation(plan, hours(Decimal("1200.5"))) | change))

    done = subprocess.run(
        [sys.executable, verify_price.__file__, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == status
    assert words in done.stdout + done.stderr


@settings(max_examples=80, deadline=None)
@given(data=plans(), period=stretches(), used=st.decimals("0.000001", 500, places=6))
def test_the_script_prices_what_was_counted_as_the_rule_does(data, period, used):
    plan = card(data)
    use = rate_2.TimedUse(
        period,
        {RateUnit.UNIT_HOUR: Fraction(used), RateUnit.STANDARD_HOUR: Fraction(used) * 3},
        Fraction(used),
    )
    context = rate_2.RatingContext({"region": "31"}, period)
    cells = rate_2.advanced(plan.terms, {}, use, context)
    minor = rate_2.total_of(plan, cells, context)

    terms, stored = plan_terms.terms_json(plan.terms), rate_2.stored(cells)
    told = verify_price.cells_of(stored)
    ends = (period.starts_at, period.ends_at)
    assert verify_price.cells_minor(terms, told, {"region": "31"}, *ends) == minor
    assert verify_price.overfilled(terms, {"": stored}) == []


def test_the_script_counts_what_lies_in_a_tier_in_steps():
    tiers = [{"from": "0", "unit_price": "4"}, {"from": "10", "unit_price": "1"}]
    part = {"code": "a", "model": "graduated", "unit": "unit_hour", "tiers": tiers}
    cells = {("a", "", "", 0): Fraction(10), ("a", "", "", 1): Fraction(1, 10**6)}
    stood = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    minor = [
        verify_price.cells_minor(
            {"zone": "UTC", "components": [part | step]}, cells, {"region": "31"}, *stood
        )
        for step in ({}, {"increment": "0.25"})
    ]

    assert minor == [4_000, 4_025]


def test_the_script_finds_tiers_that_hold_more_than_they_have_room():
    terms = plan_terms.terms_json(
        card(
            {
                "zone": "Asia/Shanghai",
                "counted_by": "buyer_month",
                "components": [
                    {
                        "code": "usage", "model": "graduated", "unit": "unit_hour",
                        "tiers": [
                            {"from": "0", "unit_price": "3"}, {"from": "9", "unit_price": "2"},
                        ],
                    }
                ],
            }
        ).terms
    )  # fmt: skip
    fits = {"A": {"usage|2026-11||0": "4"}, "B": {"usage|2026-11||0": "5"}}

    assert verify_price.overfilled(terms, fits) == []
    assert verify_price.overfilled(terms, fits | {"C": {"usage|2026-11||0": "1/2"}})
