"""From a need to hours by the stated formula, exactly; none where nobody published a figure."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.calculator import assumptions, rules
from marketplace.calculator.contracts import (
    ComputeNeed,
    NeedKind,
    NeedRefused,
    NoFigure,
    NumberFormat,
)
from marketplace.catalog.least import ANY, Least

ASSUMED = assumptions.in_force()


def training(**said):
    return ComputeNeed(NeedKind.TRAIN, parameters=7 * 10**9, tokens=140 * 10**9, **said)


def hours(need):
    return {each.peak.chip: each for each in rules.by_chip(need, ASSUMED)}


def test_a_training_takes_six_operations_a_parameter_and_token():
    # 6 · 7e9 · 140e9 = 5.88e21; H100: 989e12 · 0.40 = 3.956e14 a second.
    found = hours(training())["NVIDIA H100 SXM"].hours
    assert found == Fraction(588 * 10**19, 3956 * 10**11) / 3600
    assert rules.rounded(found, Decimal("0.01")) == Decimal("4128.75")


def test_a_reader_says_another_utilisation():
    half = hours(training(utilisation=Decimal("0.20")))["NVIDIA H100 SXM"].hours
    assert half == 2 * hours(training())["NVIDIA H100 SXM"].hours


def test_what_nobody_published_or_all_dispute_has_no_figure():
    found = hours(training())
    assert found["Huawei Ascend 910B"].why == NoFigure.CONTESTED
    assert found["NVIDIA L40"].why == NoFigure.NOT_PUBLISHED
    assert {each.hours for each in found.values() if each.why} == {None}


def test_formats_are_never_mixed():
    assert set(hours(training(precision=NumberFormat.FP8))) == {"NVIDIA H100 SXM"}


def test_every_assumption_says_its_source_and_what_it_rests_on():
    for each in (*ASSUMED.by_code.values(), *ASSUMED.peaks):
        assert each.source
    for each in ASSUMED.by_code.values():
        assert each.basis
        assert each.least <= each.value <= each.most


@given(
    st.fractions(min_value=Fraction(1, 1000), max_value=10**6),
    st.integers(1, 8_784),
    st.sampled_from([ANY, Least(least_milli=2_000, step_milli=2_000, step_seconds=3_600)]),
)
def test_an_order_does_the_job_in_time_and_not_in_much_more(unit_hours, within, least):
    shape = rules.shape_of_job(unit_hours, Decimal(within), least)
    done = Fraction(shape.milli * shape.seconds, 1000 * 3600)
    assert done >= unit_hours
    assert least.refusal(milli=shape.milli, seconds=shape.seconds) is None
    assert shape.seconds <= max(ceil(Fraction(within) * 3600 / 3600) * 3600, least.step_seconds)


@given(st.integers(1, 10**6), st.integers(1, 10**4), st.integers(1, 10**5))
def test_what_serves_is_the_least_number_of_units_that_does(requests, tokens, certified):
    need = ComputeNeed(
        NeedKind.SERVE, requests=Decimal(requests), tokens_a_request=tokens, load=Decimal("0.5")
    )
    units = rules.units_to_serve(need, Decimal(certified), ASSUMED)
    assert units * certified * Fraction(1, 2) >= requests * tokens
    assert (units - 1) * certified * Fraction(1, 2) < requests * tokens


@pytest.mark.parametrize(
    ("need", "field"),
    [
        (ComputeNeed(NeedKind.TRAIN, parameters=0, tokens=1), "parameters"),
        (ComputeNeed(NeedKind.TRAIN, parameters=1, tokens=10**18), "tokens"),
        (ComputeNeed(NeedKind.TRAIN, parameters=1, tokens=1, hours=Decimal(0)), "hours"),
        (training(utilisation=Decimal("1.01")), "utilisation"),
        (training(moved_gb=1_000_001), "moved_gb"),
        (ComputeNeed(NeedKind.SERVE, requests=Decimal(1), tokens_a_request=1), "model"),
        (ComputeNeed(NeedKind.TOKENS), "tokens_in"),
        (ComputeNeed(NeedKind.GB_MONTHS, gb=Decimal(1), months=Decimal("12.5")), "months"),
    ],
)
def test_what_is_beyond_its_limit_is_refused_by_name(need, field):
    with pytest.raises(NeedRefused) as refused:
        rules.require_within_limits(need, ASSUMED)
    assert (refused.value.code, refused.value.field) == ("invalid_need", field)
