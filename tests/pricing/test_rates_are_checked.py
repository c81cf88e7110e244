from decimal import Decimal

import pytest
from hypothesis import given

from common.errors import InvalidInput
from pricing import rules
from tests.pricing.cards import component, graduated

GOOD = component(("0", "3.18"), ("100", "3"))


def test_what_was_parsed_is_written_the_same():
    assert rules.components_json(rules.parse_components([GOOD])) == [GOOD]


@given(plan=graduated())
def test_writing_and_reading_rates_is_lossless(plan):
    assert rules.parse_components(rules.components_json(plan.components)) == plan.components


@pytest.mark.parametrize(
    "definition",
    [
        None,
        [],
        {},
        [GOOD] * 2,
        [GOOD] * 17,
        [GOOD | {"note": "more"}],
        [{"code": "usage", "unit": "standard_hour"}],
        [GOOD | {"unit": "day"}],
        [GOOD | {"code": "Usage"}],
        [GOOD | {"code": 7}],
        [GOOD | {"tiers": []}],
        [GOOD | {"tiers": [{"from": "0", "unit_price": "3"}] * 33}],
        [GOOD | {"tiers": [{"from": "1", "unit_price": "3"}]}],
        [component(("0", "3"), ("100", "2"), ("100", "1"))],
        [component(("0", "3"), ("100", "2"), ("50", "1"))],
        [component(("0", "-3"))],
        [component(("0", "NaN"))],
        [component(("0", "1e3"))],
        [component(("0", "1000001"))],
        [component(("0", "0.0000001"))],
        [GOOD | {"tiers": [{"from": "0", "unit_price": 3.18}]}],
        [GOOD | {"tiers": [{"from": "0", "unit_price": True}]}],
        [GOOD | {"tiers": [{"from": "0"}]}],
        [GOOD | {"tiers": ["0"]}],
        [GOOD | {"tiers": [{"from": "0", "unit_price": Decimal("Infinity")}]}],
    ],
)
def test_what_is_no_rate_is_refused(definition):
    with pytest.raises(InvalidInput):
        rules.parse_components(definition)
