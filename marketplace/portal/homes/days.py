"""Money day by day, as columns: the same chart for who pays and for who is paid."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from identity.contracts import ResourceClass
from marketplace.portal import drawing, figures
from marketplace.portal.homes.parts import HomeChart
from marketplace.settlement.selectors import ClassDay

TONES: Final = {
    ResourceClass.AI: "ai",
    ResourceClass.GENERAL: "general",
    ResourceClass.HPC: "hpc",
}
DAYS_MIN: Final = 7


def month_start(now: datetime) -> datetime:
    """Return the first moment of the month on the market's clock; early in it, a week ago."""
    first = figures.today(now).replace(day=1)
    return min(first, figures.today(now) - timedelta(days=DAYS_MIN - 1))


def span(since: datetime, now: datetime) -> list[date]:
    """Return the days of the market from a moment until now."""
    first, last = figures.local(since).date(), figures.local(now).date()
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def yuan(minor: int) -> Decimal:
    """Return whole fen as yuan, for an axis."""
    return Decimal(minor).scaleb(-2)


def money_chart(title: str, amounts: Sequence[tuple[date, int]], *, empty: str) -> HomeChart:
    """Draw one amount a day."""
    values = [yuan(amount) for _day, amount in amounts]
    series = [drawing.Series(_("Amount"), values)]
    return by_day(title, [day for day, _amount in amounts], series, empty=empty)


def by_day(
    title: str, days: Sequence[date], series: Sequence[drawing.Series], *, empty: str
) -> HomeChart:
    """Draw money of each day in parts; nothing where all of it is nothing."""
    is_empty = not any(value for each in series for value in each.values)
    plot = drawing.Chart(
        title=title,
        head=_("Day"),
        categories=[f"{day:%Y-%m-%d}" for day in days],
        short=[f"{day:%m-%d}" for day in days],
        series=series,
        kind=drawing.Kind.STACKED,
        digits=2,
        name="days",
    )
    return HomeChart(title=title, unit=_("yuan"), plot=None if is_empty else plot, empty=empty)


def chart(
    title: str,
    charged: Sequence[ClassDay],
    *,
    since: datetime,
    now: datetime,
    worth: Callable[[ClassDay], int] = lambda day: day.gross_minor,
) -> HomeChart:
    """Draw what was charged each day, by class of compute."""
    days = span(since, now)
    known = {(each.day, each.resource_class): worth(each) for each in charged}
    series = [
        drawing.Series(
            each.label, [yuan(max(known.get((day, each), 0), 0)) for day in days], tone=tone
        )
        for each, tone in TONES.items()
        if any(key[1] == each for key in known)
    ]
    return by_day(title, days, series, empty=_("Nothing was charged in this time."))
