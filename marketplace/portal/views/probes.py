"""Probes: which addresses the market asks, and whether agents say the same."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden, NotFound
from gateway.sensing import probe_selectors as sensing_probes
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing import services as sensing_services
from gateway.sensing.contracts import PROBE_BOUNDS_MS, PROBE_URL_LENGTH_MAX, Health
from gateway.sensing.probe_rules import ProbeAgreement
from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.probes import PROBES, agreement_tag, health_tag, probe_lines
from marketplace.portal.once import once
from marketplace.portal.outbound_words import probe_answer
from marketplace.portal.tables import Queried, Tag

WATCHING: Final = (Role.OPERATOR, Role.AUDITOR)
HOURS_SHOWN: Final = 24
FAST_MS: Final = 300


class ProbeForm(OnceForm):
    """The address that the market asks."""

    url = forms.CharField(
        label=gettext_lazy("Address that the market asks"),
        required=False,
        max_length=PROBE_URL_LENGTH_MAX,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("https://, reached from the public network. Empty: it stops."),
    )


@page(Role.PROVIDER, *WATCHING)
@require_http_methods(["GET"])
def probes(request: PortalRequest) -> HttpResponseBase:
    """Show the addresses that the market asks, failing ones first, page by page."""
    is_watching = request.actor.has_role(*WATCHING)
    scope = {} if is_watching else {"provider_id": request.actor.organization_id}
    table = PROBES.read(
        request, Queried(sensing_probes.probed_endpoints(**scope)), dress=probe_lines
    )
    head = desk.Head(
        _("Market probes"),
        _("Once a minute the market asks these addresses; beside it stands what agents say."),
        crumbs=[(_("Deliveries of compute"), reverse("portal:deliveries"))],
    )
    empty = desk.Empty(
        _("No address is asked"),
        _("A provider names one on the page of its resource; its word has a second source then."),
        "gauge",
        None if is_watching else desk.Link(_("Resources"), reverse("portal:resources")),
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


def _answer(each: Any) -> str:
    return probe_answer(each.status, each.took_ms, each.problem)


def _health(health: Health | None) -> desk.Cell:
    return _cell(health_tag(health))


def _agreement(beside: ProbeAgreement) -> desk.Cell:
    return _cell(agreement_tag(beside))


def _cell(tag: Tag) -> desk.Cell:
    return desk.Cell(str(tag.label), tone=tag.tone, symbol=tag.icon)


@page(Role.PROVIDER, *WATCHING)
@require_http_methods(["GET", "POST"])
@once
def probe(request: PortalRequest, resource_id: UUID) -> HttpResponse:
    """Show one address hour by hour with every disagreement; its provider starts or stops it."""
    is_watching = request.actor.has_role(*WATCHING)
    own = request.actor.organization_id
    resource = identity_selectors.resource(resource_id)
    is_own = resource.provider_id == own and request.actor.has_role(Role.PROVIDER)
    if not (is_own or is_watching):
        raise NotFound
    if request.method == "POST" and not is_own:
        raise Forbidden
    asked = sensing_selectors.endpoint_of(resource.pk)
    form = ProbeForm(
        request.POST or None,
        initial={"url": asked.url if asked is not None and asked.next_at else ""},
    )
    if (
        form.is_bound
        and form.is_valid()
        and desk.is_done(form, partial(_ask, request, resource, form))
    ):
        messages.success(request, _("Kept: the next look is within a minute, or there is none."))
        return redirect("portal:probe", resource.pk)
    beside = sensing_probes.compared_of([resource.pk], now=clock.now())[resource.pk]
    head = desk.Head(
        names.named(resource),
        _told(beside),
        crumbs=[(_("Market probes"), reverse("portal:probes"))],
        tags=[desk.Cell(resource.identifier, is_code=True)],
    )
    side: list[Any] = [_facts(asked, beside)]
    if is_own:
        told = _("Your agent speaks for it all the same; two sources weigh more than one.")
        block = desk.FormBlock(form, _("Save"), title=_("Start or stop the probe"), told=told)
        side.insert(0, block)
    return desk.show(request, head, [_disagreements(beside), _hours(resource.pk)], side)


def _ask(request: PortalRequest, resource: Any, form: ProbeForm) -> object:
    return sensing_services.ask_address(
        resource_id=resource.pk,
        provider_id=request.actor.organization_id,
        url=form.cleaned_data["url"],
        now=clock.now(),
    )


def _told(beside: ProbeAgreement) -> str:
    if beside.is_agreed is None:
        return _("One of both sources is silent now: they cannot be compared.")
    if beside.is_agreed:
        return _("Agent and probe agree now.")
    return _("Agent and probe disagree now. Service levels believe the probe, which looks outside.")


def _facts(asked: Any, beside: ProbeAgreement) -> desk.Facts:
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Agent"), _health(beside.agent)),
        (_("Probe"), _health(beside.probe)),
        (_("Compared over a day"), _agreement(beside)),
    ]
    if asked is not None and asked.url:
        pairs += [
            (_("Address"), desk.Cell(asked.url, "" if asked.next_at else _("stopped"))),
            (_("Answer"), desk.Cell(_answer(asked))),
            (_("Failed in a row"), desk.Cell(figures.grouped(asked.failures))),
        ]
    return desk.Facts(_("Two sources"), pairs)


def _disagreements(beside: ProbeAgreement) -> desk.Sheet:
    rows: Sequence[Sequence[desk.Cell]] = [
        [
            desk.Cell(figures.moment(each.period.starts_at)),
            desk.Cell(figures.moment(each.period.ends_at)),
            _health(each.agent),
            _health(each.probe),
        ]
        for each in reversed(beside.disagreements)
    ]
    columns = [
        desk.Column(_("From")),
        desk.Column(_("Until")),
        desk.Column(_("Agent"), "state"),
        desk.Column(_("Probe"), "state"),
    ]
    empty = desk.Empty(_("They never contradicted each other"), _("Of the last 24 hours."), "check")
    return desk.Sheet(_("Where they disagreed"), columns, rows, empty)


def _hours(resource_id: UUID) -> desk.Sheet:
    place = PROBE_BOUNDS_MS.index(FAST_MS)
    rows = [
        [
            desk.Cell(figures.moment(each.hour_at)),
            desk.Cell(figures.grouped(each.probes)),
            desk.Cell(figures.grouped(each.within[-1])),
            desk.Cell(figures.grouped(each.within[place])),
        ]
        for each in sensing_probes.hours_of(resource_id, limit=HOURS_SHOWN)
    ]
    columns = [
        desk.Column(_("Hour")),
        desk.Column(_("Asked"), "number"),
        desk.Column(_("Answered"), "number"),
        desk.Column(_("Within %(ms)s ms") % {"ms": FAST_MS}, "number"),
    ]
    empty = desk.Empty(_("Nothing was asked yet"), _("The first look is within a minute."), "gauge")
    return desk.Sheet(_("By hour"), columns, rows, empty)
