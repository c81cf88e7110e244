"""The market follows a series to the same last digit as the agent does."""

import math
from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given, settings
from suanpan_agent import counting as agent

from metering.senders import counting
from metering.senders.contracts import Reads
from metering.senders.wire.series import float_text

VALUES = st.one_of(
    st.floats(min_value=0, max_value=1e12, allow_nan=False),
    st.sampled_from([math.nan, math.inf, -1.0, 0.0, 1e300, 5e-324]),
)
SAMPLES = st.lists(st.tuples(st.integers(1, 10**9), VALUES), max_size=30)
FACTORS = st.sampled_from(["1", "0.001", "3600", "0.333333333333", "1e-9"])


def moved(steps):
    """Turn lengths of time into moments that rise."""
    moment, found = 1_700_000_000_000_000, []
    for step, value in steps:
        moment += step
        found.append((moment, value))
    return found


def agents(samples, factor, step, gap):
    """Return what the agent counts, over its own functions."""
    before, stretches = None, []
    for moment, value in samples:
        shown = agent.EXACT.multiply(Decimal(repr(value)), factor)
        found = step(before, shown, moment, gap=gap * 1_000_000)
        if found is None:
            continue
        before = found.baseline
        if found.stretch is not None:
            stretches.append(
                (found.stretch.starts_at, found.stretch.ends_at, found.stretch.quantity)
            )
    return stretches


def markets(samples, factor, reads, gap):
    found = counting.follow_series(
        counting.SeriesPlace(),
        [counting.Sample(moment, float_text(value)) for moment, value in samples],
        reads=reads,
        factor=factor,
        gap_seconds=gap,
    )
    return [(each.starts_at, each.ends_at, each.quantity) for each in found]


@given(SAMPLES, FACTORS)
@settings(max_examples=150, deadline=None)
def test_counters_and_levels_are_the_same_to_the_last_digit(steps, factor):
    samples, factor = moved(steps), Decimal(factor)

    assert markets(samples, factor, Reads.COUNTER, 300) == agents(
        samples, factor, agent.counter_step, 300
    )
    assert markets(samples, factor, Reads.GAUGE, 300) == agents(
        samples, factor, agent.gauge_step, 300
    )


@given(
    st.integers(0, 10**15), st.integers(1, 10**11), st.decimals(0, 10**6, places=9), st.just(3600)
)
@settings(max_examples=150, deadline=None)
def test_pieces_are_cut_as_the_agent_cuts_them(start, length, quantity, window):
    ours = counting.cut_by_windows(
        counting.CountedStretch(start, start + length, quantity), window_seconds=window
    )
    theirs = agent.cut(agent.Stretch(start, start + length, quantity), window_seconds=window)

    pieces = [(each.starts_at, each.ends_at, each.quantity) for each in ours]
    assert pieces == [(each.starts_at, each.ends_at, each.quantity) for each in theirs]
    assert sum(each[2] for each in pieces) == quantity


def test_a_marker_of_staleness_ends_a_level_and_lets_a_counter_wait():
    samples = [
        counting.Sample(0, "2.0"),
        counting.Sample(10_000_000, counting.STALE),
        counting.Sample(20_000_000, "3.0"),
        counting.Sample(30_000_000, "5.0"),
    ]

    def counted(reads):
        return [
            each.quantity
            for each in counting.follow_series(
                counting.SeriesPlace(), samples, reads=reads, factor=Decimal(1), gap_seconds=300
            )
        ]

    assert counted(Reads.COUNTER) == [1, 2]
    assert counted(Reads.GAUGE) == [30]
    assert counted(Reads.PRESENT) == [10]
