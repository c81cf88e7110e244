"""An agent gets a new key, or its key is revoked; neither strands a meter."""

from datetime import timedelta
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
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.portal.views.agents import AgentKeyForm, how_to_make_a_key
from metering import selectors as metering_selectors
from metering import services as metering_services

CHOICES_MAX: Final = 500
OVERLAPS: Final = (
    (0, gettext_lazy("it ends at once")),
    (3600, gettext_lazy("good for one hour more")),
    (86_400, gettext_lazy("good for one day more")),
    (7 * 86_400, gettext_lazy("good for seven days more")),
)


class NewKeyForm(AgentKeyForm):
    """The next key of an agent, and for how long the former one is good beside it."""

    overlap = forms.TypedChoiceField(
        label=gettext_lazy("The former key"),
        coerce=int,
        choices=OVERLAPS,
        initial=86_400,
        required=False,
        help_text=gettext_lazy("While both are good no reading waits for the other key."),
    )


class RevokingForm(OnceForm):
    """Who signs for the meters of an agent that is revoked."""

    successor = forms.TypedChoiceField(
        label=gettext_lazy("Its meters are signed for by"), coerce=UUID, required=False
    )

    def __init__(self, *args: Any, agent: Any, provider_id: UUID, **options: Any) -> None:
        super().__init__(*args, **options)
        known = identity_selectors.agents(provider_id).filter(revoked_at=None, ends_at=None)
        field: Any = self.fields["successor"]
        field.empty_value = None
        field.choices = [
            ("", gettext_lazy("nobody yet: they wait for its new key")),
            *(
                (each.pk, f"{each.name} · {each.key_id}")
                for each in known.exclude(pk=agent.pk)[:CHOICES_MAX]
            ),
        ]


def own_agent(request: PortalRequest, agent_id: UUID) -> Any:
    """
    Return an agent of the reader's organisation.

    :raises NotFound: if it does not exist or is someone else's
    """
    return identity_selectors.agent_of_provider(
        agent_id=agent_id, provider_id=request.actor.organization_id
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def rotate_agent(request: PortalRequest, agent_id: UUID) -> HttpResponse:
    """Give an agent a new key; the former one ends, at once or after a while."""
    agent, form = own_agent(request, agent_id), NewKeyForm(request.POST or None)
    back = reverse("portal:agent", args=[agent.pk])

    def rotate() -> object:
        return metering_services.rotate_agent(
            provider_id=request.actor.organization_id,
            agent_id=agent.pk,
            public_key=form.cleaned_data["public_key"],
            now=clock.now(),
            overlap=timedelta(seconds=form.cleaned_data["overlap"] or 0),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, rotate):
        messages.success(request, _("%(name)s has a new key.") % {"name": agent.name})
        return redirect("portal:agents")
    told = _(
        "Its %(count)s meters are signed for with the new key from this moment on. Our agent makes"
        " the key with suanpan-agent key rotate and changes over by itself; what it has read"
        " waits there and is signed again."
    ) % {"count": figures.grouped(_meters(agent))}
    crumbs = [(_("Agents"), reverse("portal:agents")), (agent.name, back)]
    head = desk.Head(_("New key"), f"{agent.name} · {agent.key_id}", crumbs=crumbs)
    block = desk.FormBlock(form, _("Replace the key"), back, told=told, symbol="key")
    return desk.show(request, head, [block], [how_to_make_a_key("suanpan-agent key rotate")])


def _meters(agent: Any) -> int:
    return metering_selectors.meters_by_agent([agent.pk]).get(agent.pk, 0)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def revoke_agent(request: PortalRequest, agent_id: UUID) -> HttpResponse:
    """Ask before an agent's key is revoked for good, and who signs for its meters then."""
    agent, provider_id = own_agent(request, agent_id), request.actor.organization_id
    form = RevokingForm(request.POST or None, agent=agent, provider_id=provider_id)
    back = reverse("portal:agent", args=[agent.pk])

    def revoke() -> object:
        return metering_services.end_agent(
            provider_id=provider_id,
            agent_id=agent.pk,
            successor_id=form.cleaned_data["successor"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, revoke):
        messages.success(request, _("%(name)s is revoked.") % {"name": agent.name})
        return redirect("portal:agents")
    told = _(
        "What it signs from now on is refused, and the key never comes back. It signs for"
        " %(count)s meters: another agent takes them over, or they wait for its new key."
    ) % {"count": figures.grouped(_meters(agent))}
    crumbs = [(_("Agents"), reverse("portal:agents")), (agent.name, back)]
    head = desk.Head(_("Revoke the agent"), f"{agent.name} · {agent.key_id}", crumbs=crumbs)
    block = desk.FormBlock(form, _("Yes, revoke it"), back, told=told, tone="danger", symbol="x")
    return desk.show(request, head, [block])
