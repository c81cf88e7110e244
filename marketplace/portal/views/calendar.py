"""The calendar: what of a provider's listings is taken; what a buyer has to expect of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.moments import InvalidDay
from identity.contracts import CapacityUnit, Role
from marketplace.fulfilment import calendar_selectors as fulfilment_calendar
from marketplace.fulfilment.calendar_selectors import CalendarDay, MaintainedRun
from marketplace.fulfilment.maintenance_contracts import MaintenanceImpact
from marketplace.portal import desk, drawing, figures, names
from marketplace.portal.access import PortalRequest, page

WEEK, MONTH = "week", "month"
ROWS_MAX: Final = 300


@page(Role.PROVIDER, Role.BUYER)
@require_http_methods(["GET"])
def capacity_calendar(request: PortalRequest) -> HttpResponse:
    """Show a week or a month of a provider's capacity, and what a buyer's machines expect."""
    now = clock.now()
    today = moments.market_date(now)
    view = MONTH if request.GET.get("view") == MONTH else WEEK
    first, days = _span(view, _asked(request.GET.get("from", ""), today))
    blocks: list[Any] = []
    if request.actor.has_role(Role.PROVIDER):
        found = fulfilment_calendar.capacity_calendar(
            request.actor.organization_id, first=first, days=days
        )
        blocks += [_choices(view, first, days, today), *_capacity(found, first, days)]
    if request.actor.has_role(Role.BUYER):
        runs = fulfilment_calendar.maintenance_of_buyer(request.actor.organization_id, now=now)
        blocks.append(_maintained(runs))
    links = []
    if request.actor.has_role(Role.PROVIDER):
        address = reverse("portal:maintenance-new")
        links.append(desk.Link(_("Announce maintenance"), address, "plus"))
    head = desk.Head(
        _("Calendar"),
        _("Capacity, announced maintenance and what ends, by days of the market.")
        if request.actor.has_role(Role.PROVIDER)
        else _("Announced maintenance of what runs for you, or will."),
        crumbs=[(_("Deliveries of compute"), reverse("portal:deliveries"))],
        links=links,
    )
    return desk.show(request, head, blocks)


def _asked(text: str, today: date) -> date:
    try:
        return moments.parse_day(text) if text else today
    except InvalidDay:
        return today


def _span(view: str, day: date) -> tuple[date, int]:
    """Return the first day and how many: from Monday on, or from the first of the month on."""
    if view == WEEK:
        return day - timedelta(days=day.weekday()), 7
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first, (following - first).days


def _choices(view: str, first: date, days: int, today: date) -> desk.Choices:
    def address(of: str, day: date) -> str:
        return f"?view={of}&from={day:%Y-%m-%d}"

    last = first + timedelta(days=days - 1)
    kinds = [
        desk.Choice(_("Week"), address(WEEK, first), view == WEEK),
        desk.Choice(_("Month"), address(MONTH, first), view == MONTH),
    ]
    moves = [
        desk.Choice(_("Earlier"), address(view, first - timedelta(days=1)), is_current=False),
        desk.Choice(_("Today"), address(view, today), first <= today <= last),
        desk.Choice(_("Later"), address(view, last + timedelta(days=1)), is_current=False),
    ]
    return desk.Choices([(_("View"), kinds), (_("Days"), moves)], f"{first} – {last}")


def _capacity(found: Sequence[CalendarDay], first: date, days: int) -> list[Any]:
    empty = desk.Empty(
        _("Nothing is listed"), _("Days of your listings stand here once you offer some."), "table"
    )
    if not found:
        return [desk.Sheet(_("Days"), [desk.Column(_("Day"))], [], empty)]
    by_listing: dict[Any, list[CalendarDay]] = {}
    for each in found:
        by_listing.setdefault(each.listing, []).append(each)
    heat = drawing.Heat(
        title=_("Taken at the fullest moment (per cent)"),
        head=_("Listing"),
        columns=[f"{first + timedelta(days=place):%m-%d}" for place in range(days)],
        rows=[
            (listing.number, [_share(each) for each in its]) for listing, its in by_listing.items()
        ],
        unit="%",
        digits=0,
        name="calendar",
    )
    told = _("Orders and maintenance that takes capacity; a pale cell is free.")
    idle = desk.Empty(_("Nothing is taken, and nothing happens"), "", "table")
    shown = _alike(by_listing)[:ROWS_MAX]
    return [
        desk.Charted(_("How full it is"), heat=heat, told=told, is_wide=True),
        _days(shown, idle),
    ]


@dataclass(frozen=True, slots=True)
class _AlikeDays:
    """Days of a listing, one after the other, that say the same."""

    first: CalendarDay
    last: date

    @property
    def words(self) -> str:
        """Return which days they are."""
        first = self.first.day
        return f"{first}" if first == self.last else f"{first} – {self.last:%m-%d}"


def _alike(by_listing: Mapping[Any, Sequence[CalendarDay]]) -> list[_AlikeDays]:
    """Return the days on which something is taken or happens; those that are alike are one row."""
    found: list[_AlikeDays] = []
    for days in by_listing.values():
        for _same, group in groupby(days, key=_facts):
            alike = list(group)
            if _says_something(alike[0]):
                found.append(_AlikeDays(alike[0], alike[-1].day))
    return sorted(found, key=lambda each: (each.first.day, each.first.listing.number))


def _facts(each: CalendarDay) -> tuple[Any, ...]:
    works = tuple(work.work_id for work in each.maintenance)
    return each.total_milli, each.taken_milli, works, tuple(each.ends)


def _share(each: CalendarDay) -> Decimal:
    return round(Decimal(100) * each.taken_milli / each.total_milli, 0)


def _says_something(each: CalendarDay) -> bool:
    return bool(each.taken_milli or each.maintenance or each.ends)


def _days(shown: Sequence[_AlikeDays], empty: desk.Empty) -> desk.Sheet:
    columns = [
        desk.Column(_("Day")),
        desk.Column(_("Listing")),
        desk.Column(_("Taken"), "number"),
        desk.Column(_("Maintenance and ends")),
    ]
    rows = [
        [
            desk.Cell(alike.words),
            desk.Cell(
                each.listing.number,
                names.named(each.listing, "title"),
                address=reverse("portal:listing", args=[each.listing.pk]),
            ),
            _taken(each),
            _happens(each),
        ]
        for alike in shown
        for each in [alike.first]
    ]
    title = _("Days on which something is taken or happens")
    return desk.Sheet(title, columns, rows, empty)


def _units(each: CalendarDay, milli: int) -> str:
    unit = names.unit(CapacityUnit(each.listing.capacity_unit), is_one=milli == 1000)
    return f"{figures.grouped(Decimal(milli) / 1000)} {unit}"


def _taken(each: CalendarDay) -> desk.Cell:
    told = _("%(taken)s of %(total)s") % {
        "taken": figures.grouped(Decimal(each.taken_milli) / 1000),
        "total": _units(each, each.total_milli),
    }
    return desk.Cell(told, _("free: %(free)s") % {"free": _units(each, each.free_milli)})


def _happens(each: CalendarDay) -> desk.Cell:
    """Return the maintenance of a day, and the orders that end on it."""
    links = [
        desk.Link(
            f"{MaintenanceImpact(work.impact).label} {figures.moment(work.starts_at)}",
            reverse("portal:maintenance-work", args=[work.work_id]),
            about=each.listing.number,
        )
        for work in each.maintenance
    ]
    for order in each.ends:
        said = {"amount": _units(each, order.milli), "moment": figures.moment(order.ends_at)}
        links.append(
            desk.Link(
                _("ends: %(amount)s %(moment)s") % said,
                reverse("portal:order", args=[order.order_id]),
                about=each.listing.number,
            )
        )
    return desk.Cell(links=links) if links else desk.Cell("–")


def _maintained(runs: Sequence[MaintainedRun]) -> desk.Sheet:
    columns = [
        desk.Column(_("From")),
        desk.Column(_("Until")),
        desk.Column(_("Order")),
        desk.Column(_("Impact")),
        desk.Column(_("Service level")),
    ]
    rows = [
        [
            desk.Cell(figures.moment(each.work.starts_at)),
            desk.Cell(figures.moment(each.work.ends_at)),
            desk.Cell(
                each.delivery.order_number,
                names.named(each.delivery.provider),
                address=reverse("portal:delivery", args=[each.delivery.pk]),
            ),
            desk.Cell(MaintenanceImpact(each.work.impact).label, each.work.note),
            desk.Cell(
                _("announced in time: it does not count")
                if each.is_excused
                else _("announced late: it counts against availability")
            ),
        ]
        for each in runs
    ]
    empty = desk.Empty(
        _("No maintenance of what runs for you"),
        _("Providers announce it seven days ahead; it stands here and is told to you."),
        "check",
    )
    return desk.Sheet(_("Maintenance of what runs for you"), columns, rows, empty)
