"""A provider's meters: registered, looked after, and which agent signs for each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity import selectors as identity_selectors
from identity.contracts import ResourceStatus, Role
from marketplace.portal import desk, figures, names, strip
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.metering import PROVIDERS_METERS, MeterLine
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from metering import accounting
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.accounting import Whereabouts
from metering.contracts import MeterHealth

CHOICES_MAX: Final = 500
LOOKBACK: Final = timedelta(days=30)
# The inputs that the rooms' refusals are about.
FIELDS: Final = {"rule_version": "rule", "resource_id": "resource", "agent_id": "agent"}


class MeterAgentForm(OnceForm):
    """The agent that signs for a meter."""

    agent = forms.TypedChoiceField(
        label=gettext_lazy("Agent"),
        coerce=UUID,
        help_text=gettext_lazy("From now on readings that it did not sign are refused."),
    )

    def __init__(self, *args: Any, provider_id: UUID, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["agent"]
        known = identity_selectors.agents(provider_id).filter(revoked_at=None)[:CHOICES_MAX]
        field.choices = [(each.pk, f"{each.name} · {each.key_id}") for each in known]


class MeterForm(MeterAgentForm):
    """A meter to put on one of the provider's resources."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("One that the resource has no other meter of."),
    )
    resource = forms.TypedChoiceField(label=gettext_lazy("Resource"), coerce=UUID)
    rule = forms.TypedChoiceField(
        label=gettext_lazy("Measured by"),
        coerce=UUID,
        help_text=gettext_lazy("It counts in the unit of the resource, or things such as tokens."),
    )
    is_trial = forms.BooleanField(
        label=gettext_lazy("Trial: measured, but never charged"), required=False
    )
    field_order = ("name", "resource", "rule", "agent", "is_trial")

    def __init__(self, *args: Any, provider_id: UUID, now: datetime, **options: Any) -> None:
        super().__init__(*args, provider_id=provider_id, **options)
        own = identity_selectors.registered_resources().filter(provider_id=provider_id)
        resource: Any = self.fields["resource"]
        resource.choices = [
            (each.pk, f"{names.named(each)} · {each.identifier}")
            for each in own.exclude(status=ResourceStatus.WITHDRAWN)[:CHOICES_MAX]
        ]
        rule: Any = self.fields["rule"]
        rule.choices = [
            (facts.id, f"{facts.code} v{facts.version} · {facts.unit}")
            for facts in metering_selectors.rule_versions(at=now)
        ]
        agent: Any = self.fields["agent"]
        agent.required = False
        agent.empty_value = None
        agent.choices = [("", _("none: readings need no signature")), *agent.choices]


@page(Role.PROVIDER)
def meters(request: PortalRequest) -> HttpResponse:
    """Show a provider's meters with the state of each, its last two days and its last reading."""
    now, provider_id = clock.now(), request.actor.organization_id
    found = metering_selectors.meters_for(request.actor)
    found = found.filter(provider_id=provider_id).select_related("agent")

    def lines(page: Sequence[Any]) -> list[MeterLine]:
        health = _health(request, page, now)
        strips = strip.strips(page, now)
        return [MeterLine.of(each, health[each.pk], strips[each.pk]) for each in page]

    register = desk.Link(_("Register a meter"), reverse("portal:meter-new"), "plus", "primary")
    agents = desk.Link(_("Agents"), reverse("portal:agents"), "key")
    upload = desk.Link(_("Readings from a file"), reverse("portal:readings-import"), "table")
    where = accounting.whereabouts(now=now, provider_id=provider_id)
    head = desk.Head(_("Meters"), _sentence(where), links=[agents, upload, register])
    empty = desk.Empty(
        _("No meters yet"),
        _("Put the first one on a resource; then send its readings."),
        "gauge",
        register,
    )
    table = PROVIDERS_METERS.read(request, Queried(found), dress=lines)
    return desk.show(request, head, [_whereabouts(where), desk.Listed(table, empty)])


def _sentence(where: Whereabouts) -> str:
    if where.difference:
        return _("%(count)s accepted readings are accounted for nowhere: tell the operator.") % {
            "count": figures.grouped(where.difference)
        }
    return _("Use is charged by what they count. A silent one counts nothing.")


def _whereabouts(where: Whereabouts) -> desk.KeyFigures:
    """Return where a provider's readings are; what is nowhere must be none."""
    nowhere = "—" if where.is_counting else figures.grouped(where.difference)
    return desk.KeyFigures(
        [
            desk.KeyFigure(
                _("Accepted less accounted for"),
                nowhere,
                _("of %(count)s readings") % {"count": figures.grouped(where.accepted)},
            ),
            desk.KeyFigure(
                _("In windows"),
                figures.grouped(where.running + where.due),
                _("measured when the window is over"),
            ),
            desk.KeyFigure(
                _("Wait for a decision"),
                figures.grouped(where.set_aside),
                _("Windows to decide"),
                reverse("portal:windows"),
            ),
            desk.KeyFigure(
                _("Measured"),
                figures.grouped(where.measured),
                _("%(count)s discarded") % {"count": figures.grouped(where.discarded)},
            ),
        ]
    )


def _health(request: PortalRequest, rows: Sequence[Any], now: datetime) -> dict[UUID, MeterHealth]:
    found = metering_selectors.meter_health(
        provider_id=request.actor.organization_id,
        now=now,
        lookback=LOOKBACK,
        limit=len(rows),
        meter_ids=[each.pk for each in rows],
    )
    return {each.meter_id: each for each in found}


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_meter(request: PortalRequest) -> HttpResponse:
    """Put a meter on a resource."""
    provider_id, now = request.actor.organization_id, clock.now()
    form = MeterForm(request.POST or None, provider_id=provider_id, now=now)
    made: list[Any] = []

    def register() -> None:
        typed = form.cleaned_data
        made.append(
            metering_services.register_meter(
                provider_id=provider_id,
                resource_id=typed["resource"],
                name=typed["name"],
                rule_version_id=typed["rule"],
                agent_id=typed["agent"],
                is_trial=typed["is_trial"],
                now=now,
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, register, FIELDS):
        messages.success(
            request, _("%(name)s takes readings from now on.") % {"name": made[0].name}
        )
        return redirect("portal:meter", made[0].pk)
    back = reverse("portal:meters")
    head = desk.Head(
        _("Register a meter"),
        _("It takes readings that begin after it was registered. It stays for good."),
        crumbs=[(_("Meters"), back)],
    )
    resource: Any = form.fields["resource"]
    if not resource.choices:
        told = _("A meter sits on a resource: register one first.")
        return desk.show(request, head, [desk.Note(told, "warning")])
    block = desk.FormBlock(form, _("Register it"), back, symbol="gauge")
    return desk.show(request, head, [block])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def bind_agent(request: PortalRequest, meter_id: UUID) -> HttpResponse:
    """Say which agent signs for a meter from now on."""
    provider_id = request.actor.organization_id
    found = metering_selectors.meter_for(request.actor, meter_id)
    form = MeterAgentForm(
        request.POST or None, provider_id=provider_id, initial={"agent": found.agent_id}
    )
    back = reverse("portal:meter", args=[found.pk])

    def bind() -> object:
        return metering_services.bind_agent(
            provider_id=provider_id, meter_id=found.pk, agent_id=form.cleaned_data["agent"]
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, bind, FIELDS):
        messages.success(request, _("The agent of %(name)s is changed.") % {"name": found.name})
        return redirect(back)
    head = desk.Head(
        _("Change the agent"),
        _("A meter that is signed for stays signed for."),
        crumbs=[(_("Meters"), reverse("portal:meters")), (found.name, back)],
    )
    agent: Any = form.fields["agent"]
    if not agent.choices:
        link = desk.Link(_("Register an agent"), reverse("portal:agent-new"), "plus")
        none = desk.Facts(_("No agent that could sign"), [], [link])
        return desk.show(request, head, [none])
    return desk.show(request, head, [desk.FormBlock(form, _("Save"), back, symbol="key")])
