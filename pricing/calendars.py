"""When a plan's bands and months are: stretches of time cut by its calendar. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from common.period import Period
from pricing.plan_models import FLAT_BAND, DayKind, RateTerms, TimeBand

DAY: Final = timedelta(days=1)
MICROSECOND: Final = timedelta(microseconds=1)
SATURDAY: Final = 5
TimeCell = tuple[str, str]  # month, such as 2026-11, and band


@lru_cache(maxsize=4096)
def cells(terms: RateTerms, period: Period) -> tuple[tuple[TimeCell, int], ...]:
    """Return how many microseconds of a period lie in each month and band, in time's order."""
    found: dict[TimeCell, int] = {}
    for starts_at, ends_at, cell in stretches(terms, period):
        found[cell] = found.get(cell, 0) + (ends_at - starts_at) // MICROSECOND
    return tuple(found.items())


def band_at(terms: RateTerms, moment: datetime) -> str:
    """Return the band that a moment lies in."""
    tick = Period(moment, moment + MICROSECOND)
    return cells(terms, tick)[0][0][1]


def month_of(terms: RateTerms, month: str) -> Period:
    """Return when a month begins and ends by the plan's clock."""
    year, number = map(int, month.split("-"))
    after = date(year + number // 12, number % 12 + 1, 1)
    zone = ZoneInfo(terms.zone)
    return Period(moment_of(date(year, number, 1), 0, zone), moment_of(after, 0, zone))


def fiscal_year(terms: RateTerms, month: str) -> str:
    """Return the fiscal year that a month lies in, by the year in which it begins."""
    year, number = map(int, month.split("-"))
    return f"FY{year if number >= terms.fiscal_month else year - 1}"


def kind_of(terms: RateTerms, day: date) -> DayKind:
    """Return what a day is: named days first, then the week."""
    if day in terms.holidays:
        return DayKind.HOLIDAY
    if day.weekday() < SATURDAY or day in terms.workdays:
        return DayKind.WORKDAY
    return DayKind.WEEKEND


def moment_of(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """
    Return when a clock on the wall shows a time, as PostgreSQL reads it.

    Of a time that comes twice the later is meant; one that is left out lies after the gap.
    """
    if minutes == 24 * 60:
        day, minutes = day + DAY, 0
    local = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
    later = local.replace(fold=1)
    came_twice = (local.utcoffset() or timedelta()) > (later.utcoffset() or timedelta())
    return (later if came_twice else local).astimezone(UTC)


def stretches(terms: RateTerms, period: Period) -> Iterator[tuple[datetime, datetime, TimeCell]]:
    """Yield the stretches of a period that lie in one month and band each, in time's order."""
    zone = ZoneInfo(terms.zone)
    day = period.starts_at.astimezone(zone).date() - DAY
    last = period.ends_at.astimezone(zone).date() + DAY
    while day <= last:
        begins, ends = moment_of(day, 0, zone), moment_of(day + DAY, 0, zone)
        if begins < period.ends_at and ends > period.starts_at:
            bands = [
                (moment_of(day, each.starts, zone), moment_of(day, each.ends, zone), each.band)
                for each in terms.bands
                if _applies(terms, each, day)
            ]
            edges = {begins, ends, period.starts_at, period.ends_at}
            edges |= {edge for low, high, _band in bands for edge in (low, high)}
            inside = sorted(
                edge
                for edge in edges
                if max(begins, period.starts_at) <= edge <= min(ends, period.ends_at)
            )
            month = f"{day:%Y-%m}"
            for low, high in pairwise(inside):
                names = (band for start, end, band in bands if start <= low and high <= end)
                yield low, high, (month, next(names, FLAT_BAND))
        day += DAY


def _applies(terms: RateTerms, band: TimeBand, day: date) -> bool:
    return kind_of(terms, day) in band.days and (not band.months or day.month in band.months)
