"""`rate-2` by its laws: parts add up, what is taken back is given back, less never costs more."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.period import Period
from pricing import calendars, plan_terms, rate_2, rules, wording
from pricing.contracts import InvalidRates, Measure, RateUnit
from pricing.rate_2 import RatedCell, RatingContext, TimedUse
from tests.pricing.timed_plans import (
    PEAK_AND_VALLEY,
    at,
    card,
    flat,
    plans,
    stretches,
    terms,
    tiered,
    unit,
    used,
)


def price(data: dict, measure: Measure, **facts) -> int:
    measure = replace(measure, facts=tuple(facts.items()))
    return rules.total_minor(rules.rate(card(data), measure))


# --- The handbook's figures, and the edges -------------------------------------------------------
GROUPS = {"group": {"otherwise": "1", "values": {"INSIDE": "0.6", "PARTNER": "0.8"}}}


@pytest.mark.parametrize(
    ("group", "yuan"), [("OUTSIDE", 2880), ("PARTNER", 2304), ("INSIDE", 1728)]
)
def test_eight_cards_for_three_days_by_the_price_group(group, yuan):
    data = terms(unit("5", factors=["group"]), factors=GROUPS)

    assert price(data, used(8 * 72, lasts=72), group=group) == yuan * 100


@pytest.mark.parametrize(
    ("hours", "fen"),
    [("0", 0), ("9.999999", 3000), ("10", 3000), ("10.00001", 3001), ("30", 7000)],
)
def test_graduated_tiers_price_each_its_own(hours, fen):
    assert price(terms(tiered(("0", "3"), ("10", "2"))), used(hours)) == fen


@pytest.mark.parametrize(
    ("hours", "fen"),
    [("0", 0), ("0.1", 250), ("0.5", 250), ("9.9", 50_00), ("10", 50_00), ("10.01", 52_00)],
)
def test_graduated_tiers_in_steps_round_a_begun_step_once(hours, fen):
    assert price(terms(tiered(("0", "5"), ("10", "4"), increment="0.5")), used(hours)) == fen


@pytest.mark.parametrize(
    ("hours", "fen"),
    [("0", 0), ("6", 1800), ("7", 2000), ("9.99", 2000), ("10", 2000), ("11", 2200)],
)
def test_by_volume_nobody_pays_more_for_less(hours, fen):
    assert price(terms(tiered(("0", "3"), ("10", "2"), model="volume")), used(hours)) == fen


@pytest.mark.parametrize(
    ("hours", "fen"), [("0", 0), ("0.000001", 700), ("100", 700), ("100.000001", 1400)]
)
def test_a_package_that_is_begun_is_paid_whole(hours, fen):
    part = {"code": "calls", "model": "package", "unit": "unit_hour", "block": "100", "price": "7"}

    assert price(terms(part), used(hours)) == fen


def test_the_time_of_use_is_told_by_the_plans_own_clock():
    bands = {"peak": "1.5", "valley": "0.5"}
    lines = rules.rate(card(terms(unit("10", bands=bands), bands=PEAK_AND_VALLEY)), used(24))

    assert [(line.band, line.quantity, line.amount_minor) for line in lines] == [
        ("flat", Decimal(11), 11_000),
        ("peak", Decimal(5), 7_500),
        ("valley", Decimal(8), 4_000),
    ]
    assert lines[1].factors == (("band", "peak", Decimal("1.5")),)


@pytest.mark.parametrize(
    ("starts", "ends", "fen"),
    [
        ("2026-11-24T09:59:59", "2026-11-24T10:00:00", 1000),
        ("2026-11-24T10:00:00", "2026-11-24T10:00:01", 2000),
        ("2026-11-24T14:59:59", "2026-11-24T15:00:00", 2000),
        ("2026-11-24T15:00:00", "2026-11-24T15:00:01", 1000),
        ("2026-11-28T12:00:00", "2026-11-28T12:00:01", 1000),  # Saturday
        ("2026-10-01T12:00:00", "2026-10-01T12:00:01", 1000),  # a holiday
        ("2026-10-10T12:00:00", "2026-10-10T12:00:01", 2000),  # a Saturday that is worked
    ],
)
def test_a_tick_either_side_of_a_band(starts, ends, fen):
    data = terms(
        unit("10", bands={"peak": "2"}),
        bands=PEAK_AND_VALLEY,
        holidays=["2026-10-01"],
        workdays=["2026-10-10"],
    )
    measure = Measure({RateUnit.UNIT_HOUR: Decimal(1)}, spread=Period(at(starts), at(ends)))

    assert price(data, measure) == fen


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_a_day_is_as_long_as_its_clock_makes_it(day, hours):
    said = terms(unit(bands={"valley": "0.5"}), bands=[PEAK_AND_VALLEY[1]]) | {
        "zone": "Europe/Berlin"
    }
    zone, first = ZoneInfo("Europe/Berlin"), date.fromisoformat(day)
    whole = Period(
        calendars.moment_of(first, 0, zone), calendars.moment_of(first + timedelta(days=1), 0, zone)
    )
    cells = dict(calendars.cells(plan_terms.parse(said), whole))

    assert sum(cells.values()) == hours * 3_600_000_000
    assert cells[day[:7], "valley"] == (hours - 16) * 3_600_000_000


def test_a_minimum_is_paid_from_the_first_use_and_no_more_than_it():
    data = terms(unit("1", per="month"), flat("30", "month", "minimum"))
    inside = [price(data, used(hours, "2026-11-01T00:00", 30 * 24)) for hours in (0, 1, 30, 31)]

    assert inside == [0, 3000, 3000, 3100]
    half = price(data, used(1, "2026-11-16T00:00", 15 * 24))
    assert half == 1500  # for half a month


def test_a_plan_that_changes_in_the_middle_of_a_month_is_paid_for_its_part():
    old, new = terms(unit("0"), flat("30", "month")), terms(unit("0"), flat("60", "month"))
    parts = [
        price(old, used(1, "2026-11-01T00:00", 10 * 24)),
        price(new, used(1, "2026-11-11T00:00", 20 * 24)),
    ]

    assert parts == [1000, 4000]


def test_prepaid_hours_are_paid_together_and_more_at_its_price():
    part = {
        "code": "year", "model": "prepaid", "unit": "unit_hour",
        "hours": "100", "price": "300", "unit_price": "4",
    }  # fmt: skip

    assert [price(terms(part), used(hours)) for hours in (0, 1, 100, 101)] == [
        0, 30_000, 30_000, 30_400,
    ]  # fmt: skip


@pytest.mark.parametrize(("scale", "minor"), [(0, 4), (2, 334), (3, 3334)])
def test_assets_are_rounded_up_to_their_own_digits(scale, minor):
    lines = rules.rate(card(terms(unit("3.3334")), asset="X", scale=scale), used(1))

    assert rules.total_minor(lines) == minor


def test_a_thousand_tiny_orders_cost_no_less_than_one():
    data = terms(unit("0.009"))

    assert 1000 * price(data, used("0.1")) >= price(data, used("100"))
    assert price(data, used("0.000001")) == 0  # less than a thousandth of a fen
    assert price(data, used("0.002")) == 1


# --- Laws ----------------------------------------------------------------------------------------
def use(period: Period, hours: Fraction) -> TimedUse:
    quantities = {RateUnit.UNIT_HOUR: hours, RateUnit.STANDARD_HOUR: 3 * hours}
    return TimedUse(period, quantities, abs(hours) if hours > 0 else hours)


def halved(period: Period, at: int) -> list[Period]:
    middle = period.starts_at + timedelta(microseconds=period.microseconds * at // 10)
    ends = [period.starts_at, middle, period.ends_at]
    return [Period(low, high) for low, high in pairwise(ends) if low < high]


@settings(max_examples=150, deadline=None)
@given(
    data=plans(),
    period=stretches(),
    hours=st.fractions(0, 500, max_denominator=1000),
    cut=st.integers(0, 10),
)
def test_parts_add_up_to_the_whole_and_come_back_exactly(data, period, hours, cut):
    plan, context = card(data), RatingContext({}, period)
    terms_ = plan.terms
    whole = rate_2.advanced(terms_, {}, use(period, hours), context)
    cells, paid = {}, 0
    for part in halved(period, cut):
        share = hours * part.microseconds / period.microseconds
        after = rate_2.advanced(terms_, cells, use(part, share), context)
        paid += rules.total_minor(rate_2.lines(plan, cells, after, context))
        cells = after

    assert cells == whole
    assert paid == rate_2.total_of(plan, whole, context)
    assert rate_2.read(rate_2.stored(cells)) == cells
    for part in reversed(halved(period, cut)):
        share = hours * part.microseconds / period.microseconds
        after = rate_2.advanced(terms_, cells, use(part, -share), context)
        paid += rules.total_minor(rate_2.lines(plan, cells, after, context))
        cells = after
    assert (cells, paid) == ({}, 0)


@settings(max_examples=150, deadline=None)
@given(
    data=plans(),
    period=stretches(),
    hours=st.fractions(0, 500, max_denominator=1000),
    share=st.fractions(0, 1, max_denominator=100),
)
def test_the_whole_order_is_the_worst_case(data, period, hours, share):
    plan, context = card(data), RatingContext({}, period)
    whole, less = (
        rate_2.total_of(plan, rate_2.advanced(plan.terms, {}, use(period, each), context), context)
        for each in (hours, hours * share)
    )

    assert less <= whole


def test_tiers_that_count_a_buyers_month_give_splitting_nothing():
    data = terms(tiered(("0", "3"), ("10", "2")), counted_by="buyer_month")
    plan, period = card(data), Period(at("2026-11-24T00:00"), at("2026-11-25T00:00"))
    context = RatingContext({}, period)
    cell = RatedCell("usage", "2026-11", "", 0)
    one = rate_2.total_of(
        plan, rate_2.advanced(plan.terms, {}, use(period, Fraction(20)), context), context
    )
    elsewhere: dict[RatedCell, Fraction] = {}
    paid = 0
    for _ in range(20):
        theirs = RatingContext({}, period, elsewhere)
        cells = rate_2.advanced(plan.terms, {}, use(period, Fraction(1)), theirs)
        paid += rate_2.total_of(plan, cells, theirs)
        for key, quantity in cells.items():
            elsewhere[key] = elsewhere.get(key, Fraction(0)) + quantity

    assert paid == one == 5000
    assert elsewhere[cell] == 10
    back = rate_2.advanced(plan.terms, cells, use(period, Fraction(-1)), context)
    assert back == {}


def test_without_a_time_a_plan_of_bands_has_no_price():
    plan = card(terms(unit(bands={"peak": "2"}), bands=PEAK_AND_VALLEY))

    with pytest.raises(InvalidInput):
        rules.rate(plan, Measure({RateUnit.UNIT_HOUR: Decimal(1)}))


PREPAID = {
    "code": "usage", "model": "prepaid", "unit": "unit_hour", "hours": "3", "price": "9",
    "unit_price": "4",
}  # fmt: skip
GIVES_BACK = {"notice_hours": 24, "fee": "5", "gives_back": "0.50"}


def test_what_a_plan_says_of_ending_early_is_told_and_hashed():
    silent, said = (card(terms(PREPAID, **more)) for more in ({}, {"early_end": GIVES_BACK}))

    hashes = [
        rules.version_hash(
            plan_code="p", version=1, asset="CNY", components=each.components, terms=each.terms
        )
        for each in (silent, said)
    ]
    with translation.override("en"):
        told = list(wording.told(said.terms))

    assert plan_terms.terms_json(said.terms)["early_end"] == GIVES_BACK | {"gives_back": "0.5"}
    assert "early_end" not in plan_terms.terms_json(silent.terms)
    assert hashes[0] != hashes[1]
    assert told[-1] == (
        "To end early: 24 h of notice; a fee of ¥5.00, within what is held;"
        " 50% of the price of prepaid hours that are not used comes back"
    )


# --- Terms as data -------------------------------------------------------------------------------
@settings(max_examples=100, deadline=None)
@given(data=plans())
def test_terms_are_written_as_they_are_read(data):
    parsed = plan_terms.parse(data)

    assert plan_terms.parse(plan_terms.terms_json(parsed)) == parsed


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "an object"),
        (terms(), "1 to 16 components"),
        (terms(unit()) | {"zone": "Mars/Base"}, "time zone"),
        (terms(unit(), unit()), "occurs twice"),
        (terms(unit(note=1)), "no member note"),
        (terms(unit("3.1234567")), "six digits"),
        (terms(unit(3.18)), "as text"),
        (terms(unit(unit="day")), "unit is one of"),
        (terms(unit(bands={"peak": "2"})), "no times"),
        (terms(unit(factors=["group"])), "no factors of the kind group"),
        (terms(tiered(("1", "3"))), "start at 0"),
        (terms(tiered(("0", "3"), ("0", "2"))), "start at 0"),
        (terms(flat("3")), "counts what is used"),
        (terms(unit(), flat("3", "month", "minimum")), "counts by the month"),
        (terms(tiered(("0", "1"), ("5", "2")), counted_by="buyer_year"), "never rise"),
        (terms(unit(), bands=[{"band": "peak", "from": "9:00", "until": "10:00"}]), "Time 1"),
        (terms(unit(), holidays=["2026-02-30"]), "days such as"),
        (terms(unit(), to_minor=7), "rounded up"),
        (
            terms(unit(), factors={"group": {"otherwise": "1", "values": {"INSIDE": "2"}}}),
            "No group pays more",
        ),
        (terms(unit(), early_end={"fee": "5"}), "has notice_hours"),
        (terms(unit(), early_end={"notice_hours": 24, "share": "1"}), "may have fee"),
        (terms(unit(), early_end={"notice_hours": 721}), "from 0 to 720"),
        (terms(unit(), early_end={"notice_hours": True}), "from 0 to 720"),
        (terms(unit(), early_end={"notice_hours": 1, "fee": 5}), "amount as text"),
        (terms(unit(), early_end={"notice_hours": 1, "gives_back": "1.01"}), "from 0 to 1"),
        (terms(unit(), early_end={"notice_hours": 1, "gives_back": "1"}), "nothing is prepaid"),
        (
            terms(PREPAID, flat("9", model="minimum"), early_end=GIVES_BACK),
            "would ask for it again",
        ),
        (terms(tiered(("0", "5"), ("10", "4"), increment="3")), "multiples of 3"),
        (
            terms(tiered(("0", "5"), ("10", "4"), increment="5"), counted_by="buyer_month"),
            "have no steps",
        ),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(data, sentence):
    with translation.override("en"), pytest.raises(InvalidRates, match=sentence):
        plan_terms.parse(data)
