"""A moment names its zone, a day is the market's, and periods are half-open."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import moments

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T14:05:00+08:00", datetime(2026, 11, 20, 6, 5, tzinfo=UTC)),
        ("2026-11-20T14:05:00Z", datetime(2026, 11, 20, 14, 5, tzinfo=UTC)),
        ("2026-11-20t14:05:00z", datetime(2026, 11, 20, 14, 5, tzinfo=UTC)),
        ("2026-11-20 14:05-0330", datetime(2026, 11, 20, 17, 35, tzinfo=UTC)),
        ("2026-11-20T14:05+14", datetime(2026, 11, 20, 0, 5, tzinfo=UTC)),
        ("2026-11-20T14:05:00.25Z", datetime(2026, 11, 20, 14, 5, 0, 250_000, tzinfo=UTC)),
        ("2026-11-20T14:05:00.123456789Z", datetime(2026, 11, 20, 14, 5, 0, 123_456, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        # A bare date is a day of the market's zone, which is UTC+8.
        ("2026-11-20", datetime(2026, 11, 19, 16, tzinfo=UTC)),
    ],
)
def test_a_moment_that_names_its_zone(text, moment):
    assert moments.parse_moment(text) == moment


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("2026-11-20T14:05:00", moments.NaiveMoment),
        ("2026-11-20 14:05", moments.NaiveMoment),
        ("2026-11-20T14:05:00 08:00", moments.LostPlus),
        ("2026-11-20T14:05:00.5 0800", moments.LostPlus),
        ("2016-12-31T23:59:60Z", moments.LeapSecond),
        ("2026-11-20T24:00:00Z", moments.HourTwentyFour),
        ("2026-11-20T25:00:00Z", moments.InvalidMoment),
        ("2026-11-20T14:61:00Z", moments.InvalidMoment),
        ("2026-02-29T00:00:00Z", moments.InvalidMoment),
        ("2026-02-30", moments.InvalidMoment),
        ("2026-W47-5", moments.InvalidMoment),
        ("2026-324", moments.InvalidMoment),
        ("20261120T140500Z", moments.InvalidMoment),
        ("2026-11-20T14:05:00+14:01", moments.InvalidMoment),
        ("2026-11-20T14:05:00-23:59", moments.InvalidMoment),
        ("2026-11-20T14:05:00+08:60", moments.InvalidMoment),
        ("2026-11-20T14:05:00+08:00:30", moments.InvalidMoment),
        ("２０２６-11-20T14:05:00Z", moments.InvalidMoment),
        ("2026-11-20T14:05:00Z\n", moments.InvalidMoment),
        (" 2026-11-20T14:05:00Z", moments.InvalidMoment),
        ("2026-11-20T14:05:00,5Z", moments.InvalidMoment),
        ("1700000000", moments.InvalidMoment),
        ("now", moments.InvalidMoment),
        ("", moments.InvalidMoment),
        ("\ud800", moments.InvalidMoment),
        ("0001-01-01T00:00:00+14:00", moments.MomentOutOfRange),
        ("9999-12-31T23:59:59-14:00", moments.MomentOutOfRange),
        ("1969-12-31T23:59:59Z", moments.MomentOutOfRange),
        ("3000-01-01T00:00:00Z", moments.MomentOutOfRange),
        ("0001-01-01", moments.InvalidMoment),
        ("9999-12-31", moments.InvalidMoment),
    ],
)
def test_what_is_no_moment_is_refused_by_its_reason(text, refusal):
    with pytest.raises(refusal) as refused:
        moments.parse_moment(text)

    assert type(refused.value) is refusal
    assert refused.value.code == "invalid_moment"


def test_a_named_zone_reads_local_times_and_days():
    local = moments.parse_moment("2026-07-01T08:00:00", zone=NEW_YORK)
    day = moments.parse_moment("2026-07-01", zone=NEW_YORK)

    assert local == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert day == datetime(2026, 7, 1, 4, tzinfo=UTC)
    # What names its own zone stays what it says.
    assert moments.parse_moment("2026-07-01T08:00:00Z", zone=NEW_YORK).hour == 8


def test_a_local_time_that_clocks_skip_or_show_twice_is_refused():
    local = datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001 - what a clock on the wall shows
    with pytest.raises(moments.NoSuchLocalTime):
        moments.parse_moment("2026-03-08T02:30:00", zone=NEW_YORK)
    with pytest.raises(moments.LocalTimeTwice) as refused:
        moments.parse_moment("2026-11-01T01:30:00", zone=NEW_YORK)

    assert "America/New_York" in str(refused.value)
    assert moments.local_moments(local, NEW_YORK) == (
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("zone", "day", "starts_at", "hours"),
    [
        ("Asia/Shanghai", date(2026, 11, 20), "2026-11-19T16:00:00Z", 24),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00:00Z", 23),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00:00Z", 25),
        # Midnight is skipped: the day begins at 01:00 on the clock.
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00:00Z", 23),
        # Midnight comes twice, at 00:00 and again an hour later: the day begins at the first.
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00:00Z", 25),
    ],
)
def test_a_day_begins_at_its_first_moment(zone, day, starts_at, hours):
    period = moments.day_period(day, ZoneInfo(zone))

    assert period.starts_at == moments.parse_moment(starts_at)
    assert period.duration == timedelta(hours=hours)


def test_a_leap_across_midnight_begins_the_day_where_it_lands():
    # In Toronto of 1919 the clocks went from 23:30 to 00:30.
    starts_at = moments.start_of_day(date(1919, 3, 31), ZoneInfo("America/Toronto"))

    assert starts_at == datetime(1919, 3, 31, 4, 30, tzinfo=UTC)


def test_the_last_day_is_included_and_its_end_is_not():
    period = moments.days_period(date(2026, 11, 1), date(2026, 11, 30))

    assert period.contains(datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=SHANGHAI))
    assert not period.contains(datetime(2026, 12, 1, tzinfo=SHANGHAI))
    assert period == moments.month_period(moments.parse_month("2026-11"))


@pytest.mark.parametrize(
    "text",
    ["2026-11-31", "2026-1-1", "20261120", "2026-W01-1", "0001-01-01", "9999-12-31", "", "٢"],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(moments.InvalidDay):
        moments.parse_day(text)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "0001-01", "9999-12", "2026", ""])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(moments.InvalidMonth):
        moments.parse_month(text)


@given(
    st.integers(min_value=86_400, max_value=32_503_000_000),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_every_moment_reads_back_from_any_offset(seconds, minutes):
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    shown = (moment + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S")

    assert moments.parse_moment(f"{shown}{sign}{hours:02d}:{rest:02d}") == moment


@given(
    st.dates(min_value=date(1970, 1, 2), max_value=date(2050, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "America/Sao_Paulo", "Asia/Gaza", "Australia/Lord_Howe"]),
)
def test_days_follow_each_other_without_gap_or_overlap(day, name):
    zone = ZoneInfo(name)
    starts_at = moments.start_of_day(day, zone)

    assert starts_at.astimezone(zone).date() == day
    assert (starts_at - timedelta(microseconds=1)).astimezone(zone).date() < day
