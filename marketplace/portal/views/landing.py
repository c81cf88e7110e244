"""The front page for strangers: what a standard hour costs, where there is room, and the proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, moments
from identity.contracts import ResourceClass
from marketplace.bulletin import boards
from marketplace.bulletin import rules as bulletin_rules
from marketplace.bulletin import selectors as bulletin_selectors
from marketplace.bulletin.rows import IndexRow
from marketplace.portal import figures, hub_map
from marketplace.portal.doors import doors
from marketplace.portal.index_chart import index_chart

DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class IndexOfDay:
    """The index of a class for the newest day that is over: a figure, or why there is none."""

    day: date
    row: IndexRow | None
    last: IndexRow | None
    change: Decimal | None

    @property
    def has_figure(self) -> bool:
        """Return whether the day has a figure."""
        return self.row is not None and self.row.price is not None

    @property
    def number(self) -> str:
        """Return the figure as it is set on an abacus: never rounded below four digits."""
        price = self.row.price if self.row else None
        return "" if price is None else figures.grouped(price, 4)

    @property
    def trades_missing(self) -> range:
        """Return a place for each trade that a figure would still need."""
        return range(bulletin_rules.TRADES_MIN - min(self.trades, bulletin_rules.TRADES_MIN))

    @property
    def trades(self) -> int:
        """Return how many trades entered."""
        return self.row.trades if self.row else 0

    @property
    def providers(self) -> int:
        """Return of how many providers they are."""
        return self.row.providers if self.row else 0


def of_day(series: Sequence[IndexRow], *, day: date) -> IndexOfDay:
    """Return what a series says of a day."""
    row = next((each for each in series if each.day == day), None)
    priced = [each for each in series if each.price is not None and each.day <= day]
    last = priced[-1] if priced else None
    change = None
    if len(priced) > 1 and priced[-1].price and priced[-2].price:
        change = (priced[-1].price - priced[-2].price) / priced[-2].price
    return IndexOfDay(day=day, row=row, last=last, change=change)


def newest_day(series: Sequence[IndexRow]) -> date:
    """Return the newest day that is over; one that is not published yet is not missing."""
    yesterday = moments.market_date(clock.now()) - timedelta(days=1)
    published = series[-1].day if series else yesterday
    is_young = yesterday - published == timedelta(days=1)
    return published if is_young else yesterday


def landing(request: HttpRequest) -> HttpResponse:
    """Show the market to somebody who is no member."""
    now = clock.now()
    series = list(bulletin_selectors.series(resource_class=ResourceClass.AI, days=DAYS))
    shown = boards.public()
    board = shown.content if shown else None
    lines = [it for it in board.hubs if it.resource_class == ResourceClass.AI] if board else []
    context = {
        "now": now,
        "taken_at": shown.taken_at if shown else None,
        "is_stale": shown is None or shown.is_stale(now),
        "board": board,
        "index": of_day(series, day=newest_day(series)),
        "trades_min": bulletin_rules.TRADES_MIN,
        "providers_min": bulletin_rules.PROVIDERS_MIN,
        "chart": index_chart(series),
        "chart_small": index_chart(series, width=358, height=220),
        "series": series[::-1][:14],
        "marks": hub_map.marks(lines, resource_class=ResourceClass.AI),
        "rods": hub_map.rods(),
        "hubs": sorted(lines, key=lambda line: -(line.free_standard or 0)),
        "doors": doors(),
        "free": figures.petaflops(
            sum((it.free_standard or Decimal(0) for it in lines), Decimal(0))
        ),
    }
    return render(request, "public/landing.html", context)
