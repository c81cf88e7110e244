"""
Moments and days as people and programs write them.

A moment names its zone: a time without one is refused, never read in some zone in silence. A bare
date is a day of the market's zone, which is one setting for pages, days and importers. Periods are
half-open: a day ends where the next one begins.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from common.period import Period

# Earlier and later times are slips of the pen; what lies between has a date in every zone.
MOMENT_MIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT_END: Final = datetime(3000, 1, 1, tzinfo=UTC)
OFFSET_MAX: Final = timedelta(hours=14)
_DATE: Final = r"(\d{4})-(\d\d)-(\d\d)"
_DAY: Final = re.compile(_DATE, re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_MOMENT: Final = re.compile(
    _DATE + r"[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_LOST_PLUS: Final = re.compile(r".*\d [01]\d:?\d\d", re.ASCII)


class InvalidMoment(InvalidInput):
    """A text is no moment, or one that the market does not know."""

    code = "invalid_moment"
    sentence = _("Write a time with its zone, such as 2026-11-20T14:05:00+08:00.")


class NaiveMoment(InvalidMoment):
    """A time names no zone."""

    sentence = _("This time names no zone: add Z or an offset such as +08:00.")


class LostPlus(InvalidMoment):
    """The plus sign of an offset became a space on its way through an address."""

    sentence = _("The + of the zone was lost on the way: an address must hold it escaped.")


class MomentOutOfRange(InvalidMoment):
    """The moment lies before or after what the market knows."""

    sentence = _("The market knows times from 1970 to 2999.")


class LeapSecond(InvalidMoment):
    """The moment is a second that clocks do not count."""

    sentence = _("Second 60 is not counted here: write the second before it or after it.")


class HourTwentyFour(InvalidMoment):
    """The moment is the end of a day, which is the beginning of the next."""

    sentence = _("A day ends where the next begins: write 00:00 of the next day for 24:00.")


class NoSuchLocalTime(InvalidMoment):
    """The clocks were put forward over a local time."""

    sentence = _("The clocks of %(zone)s are put forward over this time; add its offset.")


class LocalTimeTwice(InvalidMoment):
    """The clocks were put back over a local time, so that it came twice."""

    sentence = _("This time comes twice on the clocks of %(zone)s; add its offset.")


class InvalidDay(InvalidInput):
    """A text is no calendar day."""

    code = "invalid_day"
    sentence = _("Write a day as 2026-11-20; the market knows days from 1970 to 2999.")


class InvalidMonth(InvalidInput):
    """A text is no calendar month."""

    code = "invalid_month"
    sentence = _("Write a month as 2026-11; the market knows months from 1970 to 2999.")


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def market_zone() -> ZoneInfo:
    """Return the time zone of the market: of its pages, its days, and files that name none."""
    return _zone(settings.DISPLAY_TIME_ZONE)


# --- Readers -----------------------------------------------------------------------------------
_read_in: ContextVar[str] = ContextVar("read_in", default="")


@contextmanager
def reading_in(zone: str) -> Iterator[None]:
    """Run a block for somebody who reads times in a zone of their own; empty: in the market's."""
    token = _read_in.set(zone)
    try:
        yield
    finally:
        _read_in.reset(token)


def read_in(zone: str) -> None:
    """Let times be read in a zone until the block of `reading_in` ends."""
    _read_in.set(zone)


@cache
def zones() -> frozenset[str]:
    """Return the names of the time zones that there are, by which places go."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def reader_zone() -> ZoneInfo | None:
    """Return the zone in which somebody reads, where it is not the market's own."""
    name = _read_in.get()
    return _zone(name) if name and name != settings.DISPLAY_TIME_ZONE else None


def offset_name(local: datetime) -> str:
    """Return how far a local time is from UTC, for example `UTC+8`."""
    offset = local.utcoffset() or timedelta()
    hours, seconds = divmod(abs(offset).seconds, 3600)
    sign = "+" if offset >= timedelta() else "-"
    return f"UTC{sign}{hours}" + (f":{seconds // 60:02d}" if seconds else "")


def written(moment: datetime) -> str:
    """Write a moment: `2026-11-20 14:05 (UTC+8)`; for a reader elsewhere with the market's."""
    here = moment.astimezone(market_zone())
    if (zone := reader_zone()) is None:
        return f"{here:%Y-%m-%d %H:%M} ({offset_name(here)})"
    there = moment.astimezone(zone)
    beside = f"{here:%H:%M}" if here.date() == there.date() else f"{here:%Y-%m-%d %H:%M}"
    named = f"({offset_name(there)})"
    return f"{there:%Y-%m-%d %H:%M} {named} / {beside} ({offset_name(here)})"


# --- The market --------------------------------------------------------------------------------
def market_date(moment: datetime) -> date:
    """Return the calendar day of a moment where the market is."""
    return moment.astimezone(market_zone()).date()


# --- Moments -----------------------------------------------------------------------------------
def parse_moment(text: str, zone: tzinfo | None = None) -> datetime:
    """
    Return the moment that a text names, in UTC; a bare date is the first moment of that day.

    With `zone`, a time without a zone is local there, and a day one of that zone's; days are the
    market's otherwise.

    :raises InvalidMoment: if it is none, names no zone, or lies beyond what the market knows
    """
    if _DAY.fullmatch(text):
        return _first_moment(text, zone)
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        raise LostPlus if _LOST_PLUS.fullmatch(text) else InvalidMoment
    offset = parts[8]
    if offset:
        return _known(_clock(parts).replace(tzinfo=_offset(offset)))
    if zone is None:
        raise NaiveMoment
    return local_moment(_clock(parts), zone)


def local_moment(local: datetime, zone: tzinfo | None = None) -> datetime:
    """
    Return the moment of a local time, by default one of the market's zone.

    :raises InvalidMoment: if the clocks there skip it, or show it twice
    """
    zone = zone or market_zone()
    found = local_moments(local, zone)
    if len(found) != 1:
        raise (LocalTimeTwice if found else NoSuchLocalTime)(zone=str(zone))
    return found[0]


def local_moments(local: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """
    Return the moments at which the clocks of a zone show a local time, the first of them first.

    One as a rule; none where clocks are put forward, two where they are put back.

    :raises InvalidMoment: if it lies beyond what the market knows
    """
    moments = {_known(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)}
    shown = (each for each in moments if each.astimezone(zone).replace(tzinfo=None) == local)
    return tuple(sorted(shown))


def _clock(parts: re.Match[str]) -> datetime:
    """
    Return what the clock of a text shows.

    :raises InvalidMoment: if no clock shows that
    """
    year, month, day, hour, minute = (int(part) for part in parts.groups()[:5])
    second, fraction = int(parts[6] or 0), (parts[7] or "")[:6].ljust(6, "0")
    if hour == 24:
        raise HourTwentyFour
    if second == 60:
        raise LeapSecond
    try:
        return datetime(year, month, day, hour, minute, second, int(fraction))  # noqa: DTZ001
    except ValueError as error:
        raise InvalidMoment from error


def _offset(text: str) -> tzinfo:
    """
    Return the fixed zone of an offset.

    :raises InvalidMoment: if no place on Earth is so far from UTC
    """
    if text in ("Z", "z"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if int(digits[2:]) > 59 or length > OFFSET_MAX:
        raise InvalidMoment
    return timezone(-length if text[0] == "-" else length)


def _known(moment: datetime) -> datetime:
    """
    Return a moment in UTC.

    :raises MomentOutOfRange: if the market does not know it
    """
    try:
        known = moment.astimezone(UTC)
    except OverflowError as error:
        raise MomentOutOfRange from error
    if not MOMENT_MIN <= known < MOMENT_END:
        raise MomentOutOfRange
    return known


def _first_moment(text: str, zone: tzinfo | None) -> datetime:
    try:
        return start_of_day(parse_day(text), zone)
    except InvalidDay as error:
        raise InvalidMoment from error


# --- Days and months ---------------------------------------------------------------------------
def parse_day(text: str) -> date:
    """
    Return the calendar day that a text names.

    :raises InvalidDay: if it is none, or beyond what the market knows
    """
    parts = _DAY.fullmatch(text)
    try:
        day = date(*(int(part) for part in parts.groups())) if parts else None
    except ValueError as error:
        raise InvalidDay from error
    return known_day(day)


def known_day(day: date | None) -> date:
    """
    Return a day whose beginning and end are moments in every zone.

    :raises InvalidDay: if it is not
    """
    # The first and the last day lie partly beyond, in one zone or the other.
    if day is None or not MOMENT_MIN.date() < day < MOMENT_END.date() - timedelta(days=1):
        raise InvalidDay
    return day


def parse_month(text: str) -> date:
    """
    Return the first day of the month that a text names.

    :raises InvalidMonth: if it is none, or beyond what the market knows
    """
    parts = _MONTH.fullmatch(text)
    try:
        first = date(int(parts[1]), int(parts[2]), 1) if parts else None
    except ValueError as error:
        raise InvalidMonth from error
    if first is None or not MOMENT_MIN.date() < first < date(MOMENT_END.year - 1, 12, 1):
        raise InvalidMonth
    return first


def start_of_day(day: date, zone: tzinfo | None = None) -> datetime:
    """
    Return the first moment of a day in UTC, by default of a day of the market.

    Where clocks are put forward over midnight, the day begins at the leap.
    """
    zone = zone or market_zone()
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    early, late = (midnight.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    if early >= late:  # Midnight is on the clock: once, or twice and this is its first time.
        return late
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        early, late = (early, middle) if middle.astimezone(zone).date() >= day else (middle, late)
    return late.replace(microsecond=0)


def day_period(day: date, zone: tzinfo | None = None) -> Period:
    """Return a day as moments, by default a day of the market; 23 to 25 hours at summer time."""
    return days_period(day, day, zone)


def days_period(first: date, last: date, zone: tzinfo | None = None) -> Period:
    """Return the days from the first to the last, which is included, as moments."""
    return Period(start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone))


def month_period(month: date, zone: tzinfo | None = None) -> Period:
    """Return the month that holds a day as moments, by default a month of the market."""
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return Period(start_of_day(first, zone), start_of_day(after, zone))
