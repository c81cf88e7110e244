"""Millions are rated in columns as one by one: the same lines, to the last digit."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.period import Period
from pricing import rate_many
from pricing.rate_many import UsageColumns
from tests.pricing.timed_plans import PEAK_AND_VALLEY, at, card, flat, terms, tiered, unit

START = at("2026-11-29T20:00")
MIXED = terms(
    tiered(("0", "3.18"), ("10.000001", "2.95"), bands={"peak": "1.5", "valley": "0.5"},
           per="month"),
    {"code": "calls", "model": "package", "unit": "unit_hour", "block": "0.7", "price": "1.01",
     "per": "month"},
    {"code": "steps", "model": "unit", "unit": "unit_hour", "unit_price": "0.333333",
     "increment": "0.25", "per": "month"},
    flat("30", "month"),
    flat("99.99", "month", "minimum"),
    bands=PEAK_AND_VALLEY,
)  # fmt: skip
SIMPLE = terms(unit("5"), flat("7", "contract", "minimum"))
WHOLE = terms(unit("5", bands={"peak": "2"}), bands=PEAK_AND_VALLEY, to_minor=10)


def columns(rows) -> UsageColumns:
    """Return records of (contract, start in minutes, length in minutes, thousandths)."""
    found = [
        (
            contract,
            int((START + timedelta(minutes=start)).timestamp()),
            int((START + timedelta(minutes=start + lasts)).timestamp()),
            thousandths,
        )
        for contract, start, lasts, thousandths in rows
    ]
    values = np.array(found, np.int64).reshape(-1, 4).T
    count = max((row[0] for row in rows), default=0) + 1
    ordered = [
        Period(START - timedelta(days=number), START + timedelta(days=20))
        for number in range(count)
    ]
    return UsageColumns(*(values[n].copy() for n in range(4)), ordered)


def told(plan, found):
    lines = defaultdict(list)
    for record, line in rate_many.plain_lines(plan, found):
        lines[record].append(line)
    return lines


def exactly(plan, usage):
    return {
        record: [
            (each.component, each.period, each.band, each.quantity, each.amount_minor)
            for each in lines
        ]
        for record, lines in rate_many.exact_reference(plan, usage).items()
    }


@st.composite
def usage(draw):
    """Records of a few contracts; what was used may be taken back, and some cross a border."""
    rows = []
    for _ in range(draw(st.integers(1, 40))):
        row = (
            draw(st.integers(0, 3)),
            draw(st.integers(0, 96)) * 30,
            draw(st.sampled_from([30, 30, 30, 30, 90])),
            draw(st.sampled_from([0, 1, 3_600_000, 7_777_777, 50_000_000])),
        )
        rows.append(row)
        if draw(st.integers(0, 5)) == 0:
            rows.append((*row[:3], -row[3]))
    return columns(rows)


@settings(max_examples=60, deadline=None)
@given(said=st.sampled_from([MIXED, SIMPLE, WHOLE]), records=usage())
def test_columns_give_every_line_that_the_rule_gives(said, records):
    plan = card(said)

    assert told(plan, rate_many.rate_many(plan, records)) == exactly(plan, records)


def test_what_columns_do_not_hold_is_left_to_the_rule():
    plan = card(terms(tiered(("0", "3"), ("5", "2"), model="volume")))
    records = columns([(0, 0, 30, 3_600_000), (0, 30, 30, 36_000_000)])

    found = rate_many.rate_many(plan, records)

    assert len(found.record) == 0
    assert told(plan, found) == exactly(plan, records)


@pytest.mark.parametrize("thousandths", [2**55, 10**15])
def test_figures_beyond_whole_numbers_of_the_machine_stay_exact(thousandths):
    plan = card(terms(unit("1000000")))
    records = columns([(0, 0, 30, thousandths // 10**4), (0, 30, 30, 1)])

    found = rate_many.rate_many(plan, records)

    assert told(plan, found) == exactly(plan, records)
    assert sum(line[-1] for lines in exactly(plan, records).values() for line in lines) > 10**9
    assert Decimal(1) not in {line[3] for line in told(plan, found)[0]}
