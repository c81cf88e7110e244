"""The script computes prices without the market, and sees what was changed."""

import json
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import plan_terms, rules, verify_price
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
