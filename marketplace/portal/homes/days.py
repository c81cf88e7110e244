"""Money day by day, as columns: the same chart for who pays and for who is paid."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from identity.contracts import ResourceClass
from marketplace.portal import figures
from marketplace.portal.homes import drawing
from marketplace.portal.homes.parts import Chart
from marketplace.settlement.selectors import ClassDay

CLASSES: Final = (ResourceClass.AI, ResourceClass.GENERAL, ResourceClass.HPC)
LABELS_MAX: Final = 7
DAYS_MIN: Final = 7
FEN: Final = 100


def month_start(now: datetime) -> datetime:
    """Return the first moment of the month on the market's clock; early in it, a week ago."""
    first = figures.today(now).replace(day=1)
    return min(first, figures.today(now) - timedelta(days=DAYS_MIN - 1))


def span(since: datetime, now: datetime) -> list[date]:
    """Return the days of the market from a moment until now."""
    first, last = figures.local(since).date(), figures.local(now).date()
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def labels(days: Sequence[date]) -> list[str]:
    """Return a few of the days, evenly spread, the first and the last among them."""
    if len(days) <= LABELS_MAX:
        return [f"{day:%m-%d}" for day in days]
    places = [place * (len(days) - 1) // (LABELS_MAX - 1) for place in range(LABELS_MAX)]
    return [f"{days[place]:%m-%d}" for place in places]


def money_chart(title: str, amounts: Sequence[tuple[date, int]], *, empty: str) -> Chart:
    """Draw one amount a day."""
    days = [day for day, _amount in amounts]
    told = [f"{day:%Y-%m-%d} {figures.money(amount)}" for day, amount in amounts]
    return Chart(
        title=title,
        kind="columns",
        drawing=drawing.columns(
            [[max(amount, 0)] for _day, amount in amounts], told, labels(days), per=FEN
        ),
        unit=_("yuan"),
        head=(_("Day"), _("Amount")),
        rows=[(f"{day:%Y-%m-%d}", figures.money(amount)) for day, amount in amounts],
        summary=_("Columns of %(amount)s in %(count)s days.")
        % {"amount": figures.money(sum(amount for _day, amount in amounts)), "count": len(days)},
        empty=empty,
    )


def chart(
    title: str,
    charged: Sequence[ClassDay],
    *,
    since: datetime,
    now: datetime,
    worth: Callable[[ClassDay], int] = lambda day: day.gross_minor,
) -> Chart:
    """Draw what was charged each day, by class of compute."""
    days = span(since, now)
    known = {(each.day, each.resource_class): worth(each) for each in charged}
    classes = [each for each in CLASSES if any(key[1] == each for key in known)]
    table = [[max(known.get((day, each), 0), 0) for each in classes] for day in days]
    whole = [
        f"{day:%Y-%m-%d} {figures.money(sum(row))}" for day, row in zip(days, table, strict=True)
    ]
    return Chart(
        title=title,
        kind="columns",
        drawing=drawing.columns(table, whole, labels(days), per=FEN),
        unit=_("yuan"),
        legend=[(place + 1, str(each.label)) for place, each in enumerate(classes)],
        head=(_("Day"), *(str(each.label) for each in classes)),
        rows=[
            (f"{day:%Y-%m-%d}", *map(figures.money, row))
            for day, row in zip(days, table, strict=True)
        ],
        summary=_("Columns of %(amount)s in %(count)s days.")
        % {"amount": figures.money(sum(map(sum, table))), "count": len(days)},
        empty=_("Nothing was charged in this time."),
    )
