"""What a provider's meters recorded."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from common import clock
from identity import selectors as identity_selectors
from identity.contracts import ResourceClass, Role
from marketplace.portal import charts, drawing, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.supply import METERS
from marketplace.portal.tables import Given
from metering import selectors as metering_selectors
from metering.contracts import DailyHours, HeatCell, MeterHealth, MeterState

DAYS: Final = {"7": 7, "14": 14, "90": 90}
METERS_MAX: Final = 200
CLASSES: Final = (ResourceClass.AI, ResourceClass.GENERAL, ResourceClass.HPC)


@dataclass(frozen=True, slots=True)
class Day:
    """One bar of the daily chart: the hours of each class, in the order of `CLASSES`."""

    day: str
    hours: list[Decimal]

    @property
    def total(self) -> Decimal:
        """Return the hours of all classes."""
        return sum(self.hours, start=Decimal(0))


@page(Role.PROVIDER)
def metering_page(request: PortalRequest) -> HttpResponseBase:
    """Show a provider's metered hours, how full the capacity was, and how the meters are doing."""
    provider_id = request.actor.organization_id
    days = DAYS.get(request.GET.get("days", ""), 14)
    now = clock.now()
    since = figures.today(now) - timedelta(days=days - 1)
    span: dict[str, Any] = {"provider_id": provider_id, "zone": settings.DISPLAY_TIME_ZONE}

    recorded = metering_selectors.daily_hours(**span, since=since - timedelta(days=days), until=now)
    cells = metering_selectors.utilisation_by_hour(**span, since=since, until=now)
    health = metering_selectors.meter_health(
        provider_id=provider_id, now=now, lookback=now - since, limit=METERS_MAX
    )
    context: dict[str, Any] = {
        "days": days,
        "ranges": list(DAYS.values()),
        "classes": CLASSES,
        "meters": _with_resources(health),
        "meters_cut_at": METERS_MAX if len(health) >= METERS_MAX else 0,
        "live": sum(meter.state == MeterState.LIVE for meter in health),
        "troubled": [meter for meter in health if meter.state != MeterState.LIVE],
        "last_reading_at": max(
            (m.last_reading_at for m in health if m.last_reading_at), default=None
        ),
        "zone": figures.zone_name(now),
    }
    hours = _hours(recorded, since, days, cells)
    drawn = {"daily": _daily_chart(hours["by_day"]), "heat": _heat(cells)}
    table = METERS.read(request, Given(context["meters"]))
    return table.answer("portal/metering.html", context | hours | drawn)


def _daily_chart(table: list[Day]) -> drawing.Chart:
    """Return the hours of each day, a class on the other."""
    return drawing.Chart(
        title=_("Metered each day (standard hours)"),
        head=_("Day"),
        categories=[each.day for each in table],
        short=[each.day[5:] for each in table],
        series=[
            drawing.Series(name.label, [each.hours[place] for each in table], names.tone(name))
            for place, name in enumerate(CLASSES)
        ],
        kind=drawing.Kind.STACKED,
        name="daily",
    )


def _heat(cells: list[HeatCell]) -> drawing.Heat | None:
    """Return how full the capacity was by weekday and hour."""
    week = _week(cells)
    if not week:
        return None
    fullest = max(share for _day, shares in week for share in shares)
    return drawing.Heat(
        title=_("Utilisation by hour of the week (per cent)"),
        head=_("Hour"),
        columns=[str(hour) for hour in range(24)],
        rows=week,
        most=max(Decimal(10), (fullest / 10).to_integral_value(ROUND_CEILING) * 10),
        unit="%",
        digits=1,
    )


def _hours(
    recorded: list[DailyHours], since: Any, days: int, cells: list[HeatCell]
) -> dict[str, Any]:
    """Return the daily table, its total, and how that compares with the days before."""
    first = f"{since:%Y-%m-%d}"
    by_day: dict[str, list[Decimal]] = {
        f"{since + timedelta(days=place):%Y-%m-%d}": [Decimal(0)] * len(CLASSES)
        for place in range(days)
    }
    native = Decimal(0)
    before: dict[str, Decimal] = {}
    for hours in recorded:
        if hours.day < first:
            before[hours.day] = before.get(hours.day, Decimal(0)) + hours.standard_hours
        elif hours.day in by_day:
            by_day[hours.day][CLASSES.index(ResourceClass(hours.resource_class))] += (
                hours.standard_hours
            )
            native += hours.native_hours
    table = [Day(day, hours) for day, hours in by_day.items()]
    total = sum((day.total for day in table), start=Decimal(0))
    earlier = sum(before.values(), start=Decimal(0))
    shares = [cell.utilisation for cell in cells]
    return {
        "by_day": table,
        "total": total,
        "native": native,
        # A comparison with days of which some were not metered would say nothing.
        "change": (total - earlier) / earlier if earlier and len(before) == days else None,
        "hours_spark": charts.spark([day.total for day in table]),
        "utilisation": sum(shares, start=Decimal(0)) / len(shares) if shares else None,
    }


def _week(cells: list[HeatCell]) -> list[tuple[Any, list[Decimal]]]:
    """Return the week as seven rows of 24 shares in per cent; hours without capacity are 0."""
    shares = {(cell.weekday, cell.hour): cell.utilisation for cell in cells}
    if not shares:
        return []
    return [
        (
            names.WEEKDAYS[day - 1],
            [round(shares.get((day, hour), Decimal(0)) * 100, 1) for hour in range(24)],
        )
        for day in range(1, 8)
    ]


def _with_resources(health: list[MeterHealth]) -> list[tuple[MeterHealth, Any]]:
    """Return the meters beside the resources they measure."""
    resources = identity_selectors.resources({meter.resource_id for meter in health})
    return [(meter, resources.get(meter.resource_id)) for meter in health]
