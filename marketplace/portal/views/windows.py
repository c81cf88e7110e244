"""Windows whose readings cannot all be true: what was counted, and what an operator decides."""

from collections.abc import Sequence
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
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.metering import DECIDED_WINDOWS, WINDOWS, WindowLine
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.contracts import MetricKind, SetAsideReason, Verdict, WindowState

ROWS: Final = 20
READINGS_MAX: Final = 200
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
def windows(request: PortalRequest) -> HttpResponse:
    """Show the windows that wait for a decision, and what was decided lately."""
    decides = request.actor.has_role(Role.OPERATOR)
    found = metering_selectors.windows_for(request.actor).filter(state=WindowState.SET_ASIDE)

    def lines(page: Sequence[Any]) -> list[WindowLine]:
        return [WindowLine(each, decides) for each in page]

    whole = found.select_related("meter__resource__provider")
    waiting = WINDOWS.read(request, Queried(whole), dress=lines)
    told = _("Nothing waits: all readings could be measured.")
    if waiting.rows:
        told = _("Their readings cannot all be true. Until somebody decides, nobody is charged.")
    head = desk.Head(_("Windows to decide"), told)
    nothing = desk.Empty(
        _("Nothing is waiting"), _("What cannot be measured appears here."), "circle-check"
    )
    decided = DECIDED_WINDOWS.read(
        request, Queried(metering_selectors.recent_decisions(request.actor))
    )
    none = desk.Empty(_("Nothing decided yet"), _("Decisions stay here with their reasons."))
    lists = [desk.Listed(waiting, nothing), desk.Listed(decided, none, _("Decided"))]
    return desk.show(request, head, lists)


def _verdict(each: Any) -> desk.Cell:
    verdict = Verdict(each.verdict)
    return desk.Cell(verdict.label, tone="ok" if verdict == Verdict.ADMIT else "neutral")


@page(Role.OPERATOR, Role.AUDITOR, Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def window(request: PortalRequest, window_id: int) -> HttpResponse:
    """Show a window with its readings, and let an operator decide."""
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
    head = desk.Head(
        f"{found.meter.name} · {figures.moment(found.starts_at)}",
        names.named(found.meter.resource.provider),
        crumbs=[(_("Windows to decide"), back)],
        tags=[desk.Cell(found.get_state_display(), tone="warn" if waits else "neutral")],
    )
    side: list[Any] = [_evidence(found)]
    if waits and may_decide:
        side.append(
            desk.FormBlock(
                form, _("Record the decision"), back, title=_("Decision"), symbol="check"
            )
        )
    return desk.show(request, head, [_readings(found), _history(request, found)], side)


def _evidence(found: Any) -> desk.Facts:
    meter = found.meter
    total = sum(
        metering_selectors.readings_within(found).values_list("quantity", flat=True), Decimal(0)
    )
    pairs = [
        (_("Resource"), desk.Cell(names.named(meter.resource), note=meter.resource.identifier)),
        (_("From"), desk.Cell(figures.moment(found.starts_at))),
        (_("Until"), desk.Cell(figures.moment(found.ends_at))),
        (_("Readings add up to"), desk.Cell(f"{figures.grouped(total)} {meter.metric.unit}")),
    ]
    if meter.metric.kind == MetricKind.TIME:
        seconds = Decimal(int((found.ends_at - found.starts_at).total_seconds()))
        most = Decimal(meter.resource.total_milli).scaleb(-3) * seconds
        told = f"{figures.grouped(most)} {meter.metric.unit}"
        pairs.append((_("The resource can deliver at most"), desk.Cell(told)))
    if found.set_aside_reason:
        pairs.append((_("Why it waits"), desk.Cell(SetAsideReason(found.set_aside_reason).label)))
    return desk.Facts(_("Evidence"), pairs)


def _readings(found: Any) -> desk.Sheet:
    return desk.Sheet(
        title=_("Readings"),
        columns=[
            desk.Column(_("From")),
            desk.Column(_("Until")),
            desk.Column(_("Quantity"), "number"),
            desk.Column(_("Source")),
            desk.Column(_("Signed for by")),
            desk.Column(_("Received")),
        ],
        rows=[
            [
                desk.Cell(figures.moment(each.starts_at)),
                desk.Cell(figures.moment(each.ends_at)),
                desk.Cell(figures.grouped(each.quantity)),
                desk.Cell(each.source[:60], note=each.event_id[:60]),
                desk.Cell(each.agent.name if each.agent else _("nobody: unsigned")),
                desk.Cell(figures.moment(each.received_at)),
            ]
            for each in metering_selectors.readings_within(found)[:READINGS_MAX]
        ],
        empty=desk.Empty(_("No readings"), _("The window holds none."), "gauge"),
    )


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
