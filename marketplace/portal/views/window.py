"""One window: what speaks for its readings and against them, and what an operator decides."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden
from identity.contracts import Role
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import desk, drawing, figures, names, tags, unit_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.measured import WINDOW_READINGS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.contracts import MetricKind, SetAsideReason, Verdict, WindowState
from metering.selectors.coverage import SLICES, SliceOfWindow

ROWS: Final = 20
SOURCES_SHOWN: Final = 12
ORDERS_SHOWN: Final = 20
MINUTE: Final = timedelta(minutes=1)
REASON_LENGTH_MAX: Final = 500
VERDICTS: Final = (
    (Verdict.ADMIT.value, gettext_lazy("Admit as read: it is measured and charged as it stands")),
    (Verdict.DISCARD.value, gettext_lazy("Discard: nobody pays for it, and nobody is paid")),
)


class WindowDecisionForm(OnceForm):
    """What an operator decides about a window, and why."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=VERDICTS, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The provider reads it. It stays in the record."),
    )


@page(Role.OPERATOR, Role.AUDITOR, Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def window(request: PortalRequest, window_id: int) -> HttpResponse:
    """Show a window with its evidence, and let an operator decide."""
    found = metering_selectors.window_for(request.actor, window_id)
    may_decide = request.actor.has_role(Role.OPERATOR)
    if request.method == "POST" and not may_decide:
        raise Forbidden
    form = WindowDecisionForm(request.POST or None)
    back = reverse("portal:windows")

    def decide() -> object:
        return metering_services.decide_window(
            window_id=found.pk,
            decided_by=request.actor.organization_id,
            decided_by_person=request.actor.person_id,
            verdict=Verdict(form.cleaned_data["verdict"]),
            reason=form.cleaned_data["reason"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, decide):
        messages.success(request, _("The window is decided."))
        return redirect(back)
    waits = found.state == WindowState.SET_ASIDE
    side: list[Any] = [_evidence(found)]
    if waits and may_decide:
        side.append(
            desk.FormBlock(
                form, _("Record the decision"), back, title=_("Decision"), symbol="check"
            )
        )
    side.append(_waiting(request, found))
    readings = WINDOW_READINGS.read(request, Queried(metering_selectors.readings_within(found)))
    none = desk.Empty(_("No readings"), _("The window holds none."), "gauge")
    main: list[Any] = [
        *_drawn(found),
        desk.Listed(readings, none, _("Readings")),
        _history(request, found),
    ]
    return desk.show(request, _head(found, back, waits=waits), main, side)


def _head(found: Any, back: str, *, waits: bool) -> desk.Head:
    told = names.named(found.meter.resource.provider)
    if waits:
        told = _("%(provider)s: %(reason)s. Nobody is charged until it is decided.") % {
            "provider": told,
            "reason": SetAsideReason(found.set_aside_reason).label,
        }
    return desk.Head(
        f"{found.meter.name} · {figures.moment(found.starts_at)}",
        told,
        crumbs=[(_("Windows to decide"), back)],
        tags=[desk.Cell(found.get_state_display(), tone="warn" if waits else "neutral")],
    )


def _evidence(found: Any) -> desk.Facts:
    meter = found.meter
    total = metering_selectors.quantity_within(found)
    unit = meter.metric.unit
    pairs = [
        (_("Resource"), desk.Cell(names.named(meter.resource), note=meter.resource.identifier)),
        (_("From"), desk.Cell(figures.moment(found.starts_at))),
        (_("Until"), desk.Cell(figures.moment(found.ends_at))),
        (_("Readings add up to"), desk.Cell(unit_words.written(total, unit))),
    ]
    if meter.metric.kind == MetricKind.TIME:
        seconds = Decimal(int((found.ends_at - found.starts_at).total_seconds()))
        most = Decimal(meter.resource.total_milli).scaleb(-3) * seconds
        pairs.append(
            (_("The resource can deliver at most"), desk.Cell(unit_words.written(most, unit)))
        )
        if total > most:
            beyond = unit_words.written(total - most, unit, 3)
            pairs.append((_("Beyond that"), desk.Cell(beyond, tone="bad")))
    if found.set_aside_reason:
        pairs.append((_("Why it waits"), desk.Cell(SetAsideReason(found.set_aside_reason).label)))
    return desk.Facts(_("Evidence"), pairs)


def _waiting(request: PortalRequest, found: Any) -> desk.Sheet:
    """Return the orders that the readings name: they are settled once the window is decided."""
    subjects = metering_selectors.subjects_within(found, limit=ORDERS_SHOWN)
    actor = request.actor
    seen_by = None if actor.spans_tenants else actor.organization_id
    orders = orders_selectors.orders_of(organization_id=seen_by).filter(pk__in=subjects)
    return desk.Sheet(
        title=_("Orders that wait for it"),
        columns=[desk.Column(_("Order number")), desk.Column(_("Buyer"))],
        rows=[
            [
                desk.Cell(each.number, address=reverse("portal:order", args=[each.pk])),
                desk.Cell(names.named(each.buyer)),
            ]
            for each in orders.select_related("buyer")
        ],
        empty=desk.Empty(_("No order"), _("Its readings name none that could be charged.")),
    )


def _drawn(found: Any) -> list[desk.Charted]:
    """Return the use against the capacity, and how often each source counted the same time."""
    if found.meter.metric.kind != MetricKind.TIME:
        return []
    slices = metering_selectors.slices_of(found)
    if not slices:
        return []
    step = (found.ends_at - found.starts_at) / SLICES
    at = [figures.local(found.starts_at + place * step) for place in range(SLICES)]
    form = "%H:%M" if step >= MINUTE else "%H:%M:%S"
    labels = [f"{each:{form}}" for each in at]
    return [_use(found, slices, labels), _overlaps(slices, labels)]


def _use(found: Any, slices: Sequence[SliceOfWindow], labels: Sequence[str]) -> desk.Charted:
    units = [Decimal(0)] * SLICES
    for each in slices:
        units[each.place] += each.units
    limit = Decimal(found.meter.resource.total_milli).scaleb(-3)
    chart = drawing.Chart(
        title=_("Units in use over the window"),
        head=_("From"),
        categories=labels,
        series=[drawing.Series(_("Units in use"), [round(each, 3) for each in units])],
        kind=drawing.Kind.BARS,
        limit=drawing.Limit(_("What the resource has"), limit),
        name="use",
    )
    return desk.Charted(_("Use against capacity"), chart)


def _overlaps(slices: Sequence[SliceOfWindow], labels: Sequence[str]) -> desk.Charted:
    by_source: dict[str, list[int]] = defaultdict(lambda: [0] * SLICES)
    for each in slices:
        by_source[each.source][each.place] = each.readings
    most = sorted(by_source.items(), key=lambda it: (-max(it[1]), it[0]))
    heat = drawing.Heat(
        title=_("Readings of each source at each time"),
        head=_("Source"),
        columns=labels,
        rows=[(f"{source[-7:]}", counts) for source, counts in most[:SOURCES_SHOWN]],
        most=max(2, *(max(counts) for _source, counts in most)),
        digits=0,
        name="overlaps",
    )
    told = _("A source that counts no time twice has one reading at each time, or two at an edge.")
    if len(most) > SOURCES_SHOWN:
        told += " " + _("Of %(count)s sources the %(shown)s with most are drawn.") % {
            "count": figures.grouped(len(most)),
            "shown": SOURCES_SHOWN,
        }
    return desk.Charted(_("Where readings lie over each other"), heat=heat, told=told)


def _history(request: PortalRequest, found: Any) -> desk.Sheet:
    decisions = metering_selectors.decisions_for(request.actor, found.pk)
    return desk.Sheet(
        title=_("What was decided"),
        columns=[
            desk.Column(_("Decision")),
            desk.Column(_("Quantity"), "number"),
            desk.Column(_("Reason")),
            desk.Column(_("Decided on")),
        ],
        rows=[
            [
                _verdict(each),
                desk.Cell(figures.grouped(each.quantity)),
                desk.Cell(each.reason),
                desk.Cell(figures.moment(each.decided_at)),
            ]
            for each in decisions[:ROWS]
        ],
        empty=desk.Empty(_("Nothing decided yet"), _("Decisions stay here with their reasons.")),
    )


def _verdict(each: Any) -> desk.Cell:
    tag = tags.of_verdict(each)
    return desk.Cell(tag.label, tone=tag.tone)
