"""The desk: what waits for a provider, or for the market, each with its clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Role
from marketplace.assurance import desk_selectors as assurance_desk
from marketplace.assurance.desk_contracts import DeskItem, DeskKind
from marketplace.fulfilment import ending_selectors as fulfilment_endings
from marketplace.portal import desk, figures, level_words
from marketplace.portal.access import PortalRequest, page

SHOWN_MAX: Final = 200
ENDINGS_MAX: Final = 50
STOPPED_DAYS: Final = 7
WATCHING: Final = (Role.OPERATOR, Role.AUDITOR)
ON_DELIVERY: Final = (
    DeskKind.ANSWER_ORDER,
    DeskKind.READY,
    DeskKind.RESTORE,
    DeskKind.RENEW_ACCESS,
    DeskKind.WIPE,
)
ON_TALK: Final = (DeskKind.MESSAGE, DeskKind.CHANGE)


@page(Role.PROVIDER, *WATCHING)
@require_http_methods(["GET"])
def due_desk(request: PortalRequest) -> HttpResponse:
    """Show what waits, what is due first on top."""
    now = clock.now()
    if request.actor.has_role(*WATCHING):
        found = assurance_desk.market_desk(now=now)
        told = _("Deliveries that run late, and disputes with their clocks.")
        links = [
            desk.Link(_("Late"), reverse("portal:deliveries-late"), "alert-triangle"),
            desk.Link(_("Disputes"), reverse("portal:disputes"), "receipt"),
            desk.Link(_("Disputes by month"), reverse("portal:dispute-months"), "chart-bar"),
            desk.Link(_("Market probes"), reverse("portal:probes"), "gauge"),
        ]
    else:
        found = assurance_desk.provider_desk(request.actor.organization_id, now=now)
        told = _("What is no dispute yet, and what is: what is due first stands on top.")
        links = [
            desk.Link(_("Calendar"), reverse("portal:capacity-calendar"), "table"),
            desk.Link(_("Disputes"), reverse("portal:disputes"), "receipt"),
            desk.Link(_("Market probes"), reverse("portal:probes"), "gauge"),
        ]
    head = desk.Head(
        _("Desk"),
        told,
        crumbs=[(_("Deliveries of compute"), reverse("portal:deliveries"))],
        links=links,
    )
    shown: list[Any] = [_counted(found, now), _sheet(found[:SHOWN_MAX], now)]
    return desk.show(request, head, [*shown, *_endings(request, now)])


def _endings(request: PortalRequest, now: datetime) -> list[desk.Sheet]:
    """Return what is taken back soon, and what two operators stopped in the last days."""
    watches = request.actor.has_role(*WATCHING)
    own = None if watches else request.actor.organization_id
    notices = fulfilment_endings.notices_waiting(now=now, provider_id=own, limit=ENDINGS_MAX)
    since = now - timedelta(days=STOPPED_DAYS)
    stops = fulfilment_endings.stops_since(since, provider_id=own, limit=ENDINGS_MAX)
    if not notices and not stops:
        return []
    columns = [desk.Column(_("Moment")), desk.Column(_("What happens")), desk.Column(_("Of"))]
    rows = [
        [
            desk.Cell(clock_told(each.takes_back_at, now), note=figures.moment(each.takes_back_at)),
            desk.Cell(_("Taken back with notice"), note=each.note),
            _ended(each.delivery),
        ]
        for each in notices
    ]
    rows += [
        [
            desk.Cell(clock_told(each.stopped_at, now), note=figures.moment(each.stopped_at)),
            desk.Cell(_("Stopped by two operators"), note=each.reason, tone="bad"),
            _ended(each.delivery),
        ]
        for each in stops
    ]
    return [desk.Sheet(_("Ended before their time"), columns, rows, desk.Empty("", ""))]


def _ended(delivery: Any) -> desk.Cell:
    return desk.Cell(delivery.order_number, address=reverse("portal:delivery", args=[delivery.pk]))


def _counted(found: Sequence[DeskItem], now: datetime) -> desk.KeyFigures:
    late = sum(each.due_at <= now for each in found)
    first = next((each.due_at for each in found if each.due_at > now), None)
    return desk.KeyFigures(
        [
            desk.KeyFigure(_("Waiting"), figures.grouped(len(found))),
            desk.KeyFigure(_("Past its time"), figures.grouped(late)),
            desk.KeyFigure(
                _("Due next"),
                clock_told(first, now) if first else "–",
                figures.moment(first) if first else "",
            ),
        ]
    )


def _sheet(found: Sequence[DeskItem], now: datetime) -> desk.Sheet:
    columns = [
        desk.Column(_("Due at")),
        desk.Column(_("What waits")),
        desk.Column(_("Of")),
        desk.Column(_("Since")),
    ]
    rows = [
        [
            desk.Cell(
                clock_told(each.due_at, now),
                note=figures.moment(each.due_at),
                tone=_tone(each, now),
            ),
            desk.Cell(each.kind.label, note=_note(each)),
            desk.Cell(each.label, address=_address(each)),
            desk.Cell(figures.moment(each.since)),
        ]
        for each in found
    ]
    empty = desk.Empty(
        _("Nothing is due"),
        _("Messages, requests, deliveries and service levels stand here before they are late."),
        "check",
    )
    return desk.Sheet(_("What waits"), columns, rows, empty)


def clock_told(due_at: datetime, now: datetime) -> str:
    """Return how long there is still time, or since when it is over."""
    seconds = int((due_at - now).total_seconds())
    length = figures.short_duration(abs(seconds))
    if not seconds:
        return _("now")
    if seconds > 0:
        return _("in %(length)s") % {"length": length}
    return _("%(length)s ago") % {"length": length}


def _tone(each: DeskItem, now: datetime) -> str:
    left = (each.due_at - now).total_seconds()
    if left <= 0:
        return "bad"
    return "warn" if left <= 24 * 3600 else "neutral"


def _note(each: DeskItem) -> str:
    if each.kind == DeskKind.LEVEL:
        return _level(each.facts)
    if "claimed_minor" in each.facts:
        claimed = _("claimed: %(amount)s") % {"amount": figures.money(each.facts["claimed_minor"])}
        return " · ".join(part for part in (claimed, each.note) if part)
    return each.note


def _level(facts: Any) -> str:
    said = {
        "have": level_words.percent(facts["availability_ppm"]),
        "target": level_words.percent(facts["target_ppm"]),
        "left": figures.grouped(abs(facts["minutes_left"])),
        "allowed": figures.grouped(facts["minutes_allowed"]),
        "credit": level_words.share(facts["credit_bp"]),
        "next": level_words.share(facts["next_credit_bp"]),
    }
    if facts["minutes_left"] <= 0:
        return (
            _(
                "%(have)s of %(target)s: missed by %(left)s minutes; %(credit)s goes back, and"
                " %(next)s below the next limit"
            )
            % said
        )
    told = _("%(have)s of %(target)s: %(left)s of %(allowed)s minutes left, then %(next)s") % said
    return f"{told} · {_('down now')}" if facts["is_down"] else told


def _address(each: DeskItem) -> str:
    if each.kind in ON_DELIVERY:
        return reverse("portal:delivery", args=[each.object_id])
    if each.kind in ON_TALK:
        return reverse("portal:order-talk", args=[each.object_id])
    if each.kind == DeskKind.LEVEL:
        return reverse("portal:order", args=[each.object_id])
    return reverse("portal:dispute", args=[each.object_id])
