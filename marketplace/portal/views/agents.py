"""Metering agents: programs at a provider's site that sign readings with a key of their own."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common import clock
from identity import public_keys
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import Role
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.metering import AGENTS, AgentLine
from marketplace.portal.once import once, remember
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors


class AgentKeyForm(OnceForm):
    """The public half of an agent's key; as a rule the secret one never leaves its machine."""

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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        key: Any = self.fields["public_key"]
        key.required = False
        key.help_text = gettext_lazy(
            "Ed25519: its 32 bytes in base64, or a PEM block. Left empty, a key is made here, and"
            " its secret half is shown once."
        )

    def clean_public_key(self) -> bytes:
        """Return the 32 bytes; none if a key is to be made."""
        return super().clean_public_key() if self.cleaned_data["public_key"] else b""


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
    chains = metering_selectors.chains({each.chain_id for each in found})
    now = clock.now()
    return [
        AgentLine(each, signed.get(each.pk, 0), chains.get(each.chain_id), now) for each in found
    ]


@page(Role.PROVIDER)
@never_cache
@require_http_methods(["GET", "POST"])
@once
def new_agent(request: PortalRequest) -> HttpResponse:
    """Register an agent by its public key, or by one that is made here and shown once."""
    form = AgentForm(request.POST or None)
    back = reverse("portal:agents")
    secret: list[str] = []

    def register() -> object:
        told = form.values()
        if not told["public_key"]:
            made = identity_services.make_agent_key()
            told["public_key"] = made.public_key
            secret.append(made.secret_pem)
        return identity_services.register_agent(
            organization_id=request.actor.organization_id, **told
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, register):
        said = {"name": form.cleaned_data["name"]}
        if secret:
            # The answer shows the secret, so it is no redirect; sent again it makes no other key.
            remember(request, back)
            return _shown_once(request, said["name"], secret[0])
        messages.success(request, _("%(name)s is registered. Let it sign for a meter.") % said)
        return redirect(back)
    head = desk.Head(
        _("Register an agent"),
        _("A key is registered once, whoever sends it."),
        crumbs=[(_("Agents"), back)],
    )
    side = [how_to_make_a_key()]
    return desk.show(
        request, head, [desk.FormBlock(form, _("Register it"), back, symbol="key")], side
    )


def _shown_once(request: PortalRequest, name: str, secret: str) -> HttpResponse:
    back = reverse("portal:agents")
    head = desk.Head(
        _("%(name)s is registered") % {"name": name},
        _("This is its secret key. It is shown this once and kept nowhere here."),
        crumbs=[(_("Agents"), back)],
    )
    told = _("Write it to the file of the agent's key, readable by its owner alone.")
    links = [desk.Link(_("I have kept it"), back, "check", "primary")]
    return desk.show(request, head, [desk.Note(told, "warning", secret), desk.Facts("", [], links)])


def how_to_make_a_key(ours: str = "suanpan-agent key new") -> desk.Steps:
    """Return the commands that make a key."""
    return desk.Steps(
        _("How to make a key"),
        [
            ours,
            "openssl genpkey -algorithm ed25519 -out agent.pem",
            "openssl pkey -in agent.pem -pubout",
        ],
        _(
            "On the agent's machine: with our agent the first command, else the other two. Paste"
            " the public key that is printed; the secret one stays there."
        ),
    )
