"""What the market publishes about its prices: the daily index, and the last day of trade."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from common import clock
from identity.contracts import ResourceClass, Role
from marketplace.bulletin import rules as bulletin_rules
from marketplace.bulletin import selectors as bulletin_selectors
from marketplace.bulletin.rows import IndexRow
from marketplace.portal import drawing, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.pager import paged

DAYS: Final = 30
CLASSES: Final = (ResourceClass.AI, ResourceClass.GENERAL, ResourceClass.HPC)
ROWS: Final = 60


@page()
def prices(request: PortalRequest) -> HttpResponse:
    """Show the index of each class, how it moved, and what was traded in the last 24 hours."""
    now = clock.now()
    series = {name: bulletin_selectors.series(resource_class=name, days=DAYS) for name in CLASSES}
    published = bulletin_selectors.indexes()
    shown = published if any(series.values()) else published.none()
    indexes, pages = paged(shown, request, size=ROWS)
    context = {
        "now": now,
        "is_buyer": request.actor.has_role(Role.BUYER),
        "trades_min": bulletin_rules.TRADES_MIN,
        "providers_min": bulletin_rules.PROVIDERS_MIN,
        "classes": CLASSES,
        "latest": [(name, *_latest(series[name])) for name in CLASSES],
        "chart": _chart(_by_day(series)),
        "indexes": indexes,
        "pages": pages,
        "market_day": bulletin_selectors.market_day(now=now),
    }
    return render(request, "portal/prices.html", context)


def _latest(series: Sequence[IndexRow]) -> tuple[IndexRow | None, Decimal | None]:
    """Return the newest figure of a class, and its change against the one before."""
    figures = [index for index in series if index.price is not None]
    if not figures:
        return None, None
    if len(figures) < 2:
        return figures[-1], None
    latest, before = figures[-1].price, figures[-2].price
    return figures[-1], (latest - before) / before if latest and before else None


def _chart(table: list[tuple[Any, list[Any]]]) -> drawing.Chart | None:
    """Return the lines of the classes that have a figure; a day without one is a gap."""
    if not table:
        return None
    dashes = ("", "dashed", "dotted")
    return drawing.Chart(
        title=_("Index (¥ / standard hour)"),
        head=_("Day"),
        categories=[f"{day:%Y-%m-%d}" for day, _prices in table],
        short=[f"{day:%m-%d}" for day, _prices in table],
        series=[
            drawing.Series(
                name.label, [prices[at] for _day, prices in table], names.tone(name), dashes[at]
            )
            for at, name in enumerate(CLASSES)
        ],
        digits=4,
        from_zero=False,
        name="index",
    )


def _by_day(series: Mapping[ResourceClass, Sequence[IndexRow]]) -> list[tuple[Any, list[Any]]]:
    """Return the days in the order of time, with the price of each class or nothing."""
    prices = {(index.day, name): index.price for name in CLASSES for index in series[name]}
    days = sorted({day for day, _name in prices})
    return [(day, [prices.get((day, name)) for name in CLASSES]) for day in days]
