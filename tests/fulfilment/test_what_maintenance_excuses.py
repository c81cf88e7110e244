"""The rule of maintenance by its laws, over whatever was announced and came."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from common.period import Period
from marketplace.fulfilment import maintenance_1
from marketplace.fulfilment.maintenance_contracts import MaintainedTime, MaintenanceImpact

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
minutes = some.integers(0, 20_000).map(lambda count: START + count * MINUTE)


@some.composite
def works(draw) -> MaintainedTime:
    starts_at = draw(minutes)
    announced = Period(starts_at, starts_at + draw(some.integers(1, 3_000)) * MINUTE)
    began_at = draw(some.none() | some.integers(0, 3_000).map(lambda n: starts_at + n * MINUTE))
    length = draw(some.none() | some.integers(0, 5_000))
    return MaintainedTime(
        announced=announced,
        announced_at=starts_at - draw(some.integers(0, 14 * 24 * 60)) * MINUTE,
        impact=draw(some.sampled_from(MaintenanceImpact)),
        began_at=began_at,
        ended_at=None if began_at is None or length is None else began_at + length * MINUTE,
    )


def excuses(work: MaintainedTime, moment: datetime) -> bool:
    """Say it again in other words: is a moment excused by one work alone?"""
    return (
        work.impact != MaintenanceImpact.NONE
        and work.announced.starts_at - work.announced_at >= WEEK
        and work.announced.contains(moment)
        and work.began_at is not None
        and work.began_at <= moment
        and (work.ended_at is None or moment < work.ended_at)
    )


@given(some.lists(works(), max_size=6), some.lists(minutes, min_size=1, max_size=20))
def test_a_moment_is_excused_where_some_work_excuses_it(found, moments):
    times = maintenance_1.excused(found)
    edges = [edge for time in times for edge in (time.starts_at, time.ends_at)]
    assert edges == sorted(set(edges))  # In order, and apart from each other.
    for moment in moments:
        expected = any(excuses(work, moment) for work in found)
        assert any(time.contains(moment) for time in times) == expected


@given(some.lists(works(), max_size=6), some.randoms())
def test_the_order_in_which_works_are_told_changes_nothing(found, chance):
    mixed = list(found)
    chance.shuffle(mixed)
    assert maintenance_1.excused(mixed) == maintenance_1.excused(found)


@given(minutes, some.integers(-100_000_000, 100_000_000))
def test_an_overrun_counts_begun_seconds(end, microseconds):
    lasted = maintenance_1.overrun_seconds(end, end + timedelta(microseconds=microseconds))
    assert lasted == max(0, -(-microseconds // 1_000_000))


@given(minutes, some.integers(0, 30 * 24 * 60))
def test_late_is_less_than_seven_days(starts_at, ahead):
    announced_at = starts_at - ahead * MINUTE
    assert maintenance_1.is_late(announced_at, starts_at) == (ahead < 7 * 24 * 60)
