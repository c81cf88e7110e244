"""Metering agents: programs at a provider's site that sign readings with a key of their own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity import public_keys
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.metering import AGENTS, AgentLine
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors
from metering import services as metering_services


class AgentKeyForm(OnceForm):
    """The public half of an agent's key; the secret one never leaves its machine."""

    public_key = forms.CharField(
        label=gettext_lazy("Public key"),
        max_length=public_keys.TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("Ed25519: its 32 bytes in base64, or a PEM block."),
    )

    def clean_public_key(self) -> bytes:
        """Return the 32 bytes."""
        try:
            return public_keys.read(self.cleaned_data["public_key"])
        except ValueError as error:
            told = _("Send the 32 bytes of an Ed25519 public key.")
            raise ValidationError(told, code="invalid_public_key") from error


class AgentForm(AgentKeyForm):
    """An agent to register."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    field_order = ("name", "public_key")


@page(Role.PROVIDER)
def agents(request: PortalRequest) -> HttpResponse:
    """Show a provider's agents, revoked ones included, with the meters that each signs for."""
    provider_id = request.actor.organization_id
    register = desk.Link(_("Register an agent"), reverse("portal:agent-new"), "plus", "primary")
    meters = desk.Link(_("Meters"), reverse("portal:meters"), "gauge")
    head = desk.Head(
        _("Agents"),
        _("Programs at your site. What they sign proves that nobody changed it on the way."),
        links=[meters, register],
    )
    found = identity_selectors.agents(provider_id)
    table = AGENTS.read(request, Queried(found), dress=_lines)
    empty = desk.Empty(
        _("No agents yet"),
        _("Without one readings are taken unsigned, on the word of an API key."),
        "key",
        register,
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


def _lines(found: Sequence[Any]) -> list[AgentLine]:
    signed = metering_selectors.meters_by_agent([each.pk for each in found])
    return [AgentLine(each, signed.get(each.pk, 0)) for each in found]


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_agent(request: PortalRequest) -> HttpResponse:
    """Register an agent by its public key."""
    form = AgentForm(request.POST or None)
    back = reverse("portal:agents")

    def register() -> object:
        return identity_services.register_agent(
            organization_id=request.actor.organization_id, **form.values()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, register):
        said = {"name": form.cleaned_data["name"]}
        messages.success(request, _("%(name)s is registered. Let it sign for a meter.") % said)
        return redirect(back)
    head = desk.Head(
        _("Register an agent"),
        _("A key is registered once, whoever sends it."),
        crumbs=[(_("Agents"), back)],
    )
    side = [_how()]
    return desk.show(
        request, head, [desk.FormBlock(form, _("Register it"), back, symbol="key")], side
    )


def _how() -> desk.Steps:
    return desk.Steps(
        _("How to make a key"),
        [
            "openssl genpkey -algorithm ed25519 -out agent.pem",
            "openssl pkey -in agent.pem -pubout",
        ],
        _("On the agent's machine. Paste what the second command prints; keep the file."),
    )


def _own(request: PortalRequest, agent_id: UUID) -> Any:
    return identity_selectors.agent_of_provider(
        agent_id=agent_id, provider_id=request.actor.organization_id
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def rotate_agent(request: PortalRequest, agent_id: UUID) -> HttpResponse:
    """Give an agent a new key; the former one ends in the same moment."""
    agent, form = _own(request, agent_id), AgentKeyForm(request.POST or None)
    back = reverse("portal:agents")

    def rotate() -> object:
        return metering_services.rotate_agent(
            provider_id=request.actor.organization_id,
            agent_id=agent.pk,
            public_key=form.cleaned_data["public_key"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, rotate):
        messages.success(request, _("%(name)s has a new key.") % {"name": agent.name})
        return redirect(back)
    meters = metering_selectors.meters_by_agent([agent.pk]).get(agent.pk, 0)
    told = _(
        "Its %(count)s meters are signed for with the new key from this moment on. What the former"
        " key signs afterwards is refused: switch the agent over first, its readings wait there."
    ) % {"count": figures.grouped(meters)}
    head = desk.Head(_("New key"), f"{agent.name} · {agent.key_id}", crumbs=[(_("Agents"), back)])
    block = desk.FormBlock(form, _("Replace the key"), back, told=told, symbol="key")
    return desk.show(request, head, [block], [_how()])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def revoke_agent(request: PortalRequest, agent_id: UUID) -> HttpResponse:
    """Ask before an agent is revoked for good."""
    agent, form = _own(request, agent_id), OnceForm(request.POST or None)
    back = reverse("portal:agents")

    def revoke() -> object:
        return identity_services.revoke_agent(
            organization_id=request.actor.organization_id, agent_id=agent.pk, now=clock.now()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, revoke):
        messages.success(request, _("%(name)s is revoked.") % {"name": agent.name})
        return redirect(back)
    meters = metering_selectors.meters_by_agent([agent.pk]).get(agent.pk, 0)
    told = _(
        "What it signs from now on is refused, and it never comes back. %(count)s meters are signed"
        " for by it: they take no readings until another agent signs for them."
    ) % {"count": figures.grouped(meters)}
    head = desk.Head(
        _("Revoke the agent"), f"{agent.name} · {agent.key_id}", crumbs=[(_("Agents"), back)]
    )
    block = desk.FormBlock(form, _("Yes, revoke it"), back, told=told, tone="danger", symbol="x")
    return desk.show(request, head, [block])
