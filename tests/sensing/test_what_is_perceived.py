"""The rules of freshness and of conflicts; pure."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.rules import Sight, perceived

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
AGENT, PROBE, DELIVERY = StateSource.AGENT, StateSource.PROBE, StateSource.DELIVERY
OK, DOWN, DEGRADED = Health.OK, Health.DOWN, Health.DEGRADED


def sight(source=AGENT, health=OK, free=None, total=None, age=10, lasts=90) -> Sight:
    at = NOW - timedelta(seconds=age)
    return Sight(source, total, free, health, at, at + timedelta(seconds=lasts))


def state(*sights: Sight, total=8_000, market=8_000):
    return perceived(
        total_milli=total,
        market_milli=market,
        market_at=NOW - timedelta(hours=1),
        sights=sights,
        now=NOW,
    )


def test_where_nobody_looks_the_markets_book_counts():
    found = state(market=3_000)

    assert (found.available_milli, found.source, found.health) == (3_000, "MARKET", "UNKNOWN")
    assert not found.is_stale


@pytest.mark.parametrize(
    ("free", "market", "available", "source"),
    [
        (2_000, 5_000, 2_000, "AGENT"),
        (6_000, 5_000, 5_000, "MARKET"),
        (5_000, 5_000, 5_000, "AGENT"),
    ],
)
def test_the_lowest_of_those_that_are_fresh_counts(free, market, available, source):
    found = state(sight(free=free), market=market)

    assert (found.available_milli, found.source, found.health) == (available, source, "OK")


def test_a_silent_source_leaves_nothing_known():
    found = state(sight(free=2_000, age=91))

    assert (found.available_milli, found.health, found.is_stale) == (None, "UNKNOWN", True)
    assert found.observed_at == NOW - timedelta(seconds=91)
    assert state(sight(free=2_000, age=89)).available_milli == 2_000


def test_a_lower_total_lowers_what_is_free_and_a_higher_one_does_not_raise_it():
    assert state(sight(total=6_000)).available_milli == 6_000
    assert state(sight(total=9_000, free=9_000)).available_milli == 8_000


def test_down_beats_up_unless_a_probe_or_a_delivery_saw_it_up_later():
    down = sight(AGENT, DOWN, age=20)

    assert (state(down).health, state(down).available_milli) == ("DOWN", 0)
    assert state(down, sight(PROBE, OK, age=30)).health == "DOWN"
    assert state(down, sight(PROBE, OK, age=10)).health == "OK"
    assert state(down, sight(DELIVERY, OK, age=10)).health == "OK"


def test_an_agent_that_says_up_while_a_probe_says_down_is_degraded():
    assert state(sight(AGENT, OK, age=5), sight(PROBE, DOWN, age=20)).health == "DEGRADED"
    assert state(sight(AGENT, DEGRADED)).health == "DEGRADED"


SIGHTS = st.builds(
    sight,
    source=st.sampled_from([AGENT, PROBE, DELIVERY]),
    health=st.sampled_from([OK, DOWN, DEGRADED]),
    free=st.one_of(st.none(), st.integers(0, 10_000)),
    total=st.one_of(st.none(), st.integers(0, 10_000)),
    age=st.integers(0, 400),
    lasts=st.integers(15, 900),
)


@given(st.lists(SIGHTS, max_size=3), st.integers(0, 8_000))
def test_no_more_is_available_than_anybody_fresh_says(sights, market):
    found = state(*sights, market=market)
    fresh = [each for each in sights if each.is_fresh(NOW)]

    if not fresh and any(each.source in (AGENT, PROBE) for each in sights):
        assert found.available_milli is None
        return
    if not fresh:  # a delivery's silence says nothing: the market's book counts
        assert (found.available_milli, found.source) == (market, "MARKET")
    assert 0 <= found.available_milli <= market
    assert all(found.available_milli <= each.free_milli for each in fresh if each.free_milli)
    assert found == state(*reversed(sights), market=market)
