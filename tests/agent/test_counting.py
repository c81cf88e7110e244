"""Counters become deltas, and deltas are cut at windows: exactly, whatever the counter does."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from suanpan_agent.counting import PLACES, Sample, Stretch, counter_step, cut, gauge_step
from suanpan_agent.moments import SECOND

GAP = 300 * SECOND
NOON = 1_795_000_000 * SECOND
quantities = st.decimals(0, 10**12, places=9)


def follow(step, values, every=60):
    """Return what was counted, and what was odd, over samples a minute apart."""
    before, counted, odd = None, Decimal(0), []
    for n, value in enumerate(values):
        found = step(before, Decimal(value), NOON + n * every * SECOND, gap=GAP)
        if found is None:
            odd.append("none")
            continue
        before = found.baseline
        counted += found.stretch.quantity if found.stretch else 0
        odd += [found.odd] if found.odd else []
    return counted, odd


def test_a_counter_counts_from_where_it_was_first_seen():
    assert follow(counter_step, ["100", "160", "160", "220.5"]) == (Decimal("120.5"), [])


def test_a_restart_counts_what_was_counted_since():
    assert follow(counter_step, ["100", "160", "7", "10"]) == (Decimal(70), ["reset"])


@pytest.mark.parametrize("nothing", ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "1e15"])
def test_what_is_no_count_is_passed_over_and_loses_nothing(nothing):
    assert follow(counter_step, ["100", nothing, "160"]) == (Decimal(60), ["none"])
    assert follow(gauge_step, ["8", nothing, "8"]) == (Decimal(960), ["none"])


def test_a_gap_keeps_a_counters_count_and_drops_a_gauges_time():
    assert follow(counter_step, ["1", "9"], every=3600) == (Decimal(8), ["gap"])
    assert follow(gauge_step, ["8", "8"], every=3600) == (Decimal(0), ["gap"])


def test_a_gauge_counts_for_the_time_until_the_next_sample():
    assert follow(gauge_step, ["8", "4", "0"]) == (Decimal(8 * 60 + 4 * 60), [])


@pytest.mark.parametrize("step", [counter_step, gauge_step])
def test_a_clock_that_was_set_back_waits_and_counts_nothing_twice(step):
    before = Sample(NOON, Decimal(100))

    back = step(before, Decimal(150), NOON - SECOND, gap=GAP)
    later = step(back.baseline, Decimal(160), NOON + SECOND, gap=GAP)

    assert (back.baseline, back.stretch, back.odd) == (before, None, "clock")
    assert later.stretch.starts_at == NOON


@given(
    values=st.lists(st.decimals(0, 10**9, places=17), min_size=2, max_size=20),
)
def test_rounding_never_adds_up(values):
    rising = sorted(values)

    counted, _odd = follow(counter_step, [str(each) for each in rising])

    assert abs(counted - (rising[-1] - rising[0])) <= PLACES


@given(
    start=st.integers(0, 7200 * SECOND),
    length=st.integers(1, 7200 * SECOND),
    quantity=quantities,
    window=st.sampled_from([1, 10, 60, 3600, 86_400]),
)
def test_the_pieces_add_up_touch_and_lie_in_one_window_each(start, length, quantity, window):
    length = min(length, window * 40 * SECOND)
    whole = Stretch(NOON + start, NOON + start + length, quantity)

    pieces = list(cut(whole, window_seconds=window))

    assert sum(each.quantity for each in pieces) == quantity
    assert all(each.quantity >= 0 for each in pieces)
    assert (pieces[0].starts_at, pieces[-1].ends_at) == (whole.starts_at, whole.ends_at)
    assert all(a.ends_at == b.starts_at for a, b in pairwise(pieces))
    edge = window * SECOND
    assert all(each.starts_at // edge == (each.ends_at - 1) // edge for each in pieces)
