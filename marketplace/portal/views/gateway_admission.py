"""Admitting nodes and peers: one operator proposes on a page, another agrees."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, tenancy
from gateway import services as gateway_services
from gateway.peering import services as peering_services
from gateway.peering.contracts import PeerFacts, PeerScope
from gateway.services import NodeFacts
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.once import once

RATE_MAX = 10_000


def _lines(text: str) -> list[str]:
    """Return what stands between blanks, commas and ends of lines."""
    return [each for each in re.split(r"[\s,]+", text) if each]


class NodeForm(OnceForm):
    """What two operators agree on about another node."""

    code = forms.CharField(
        label=gettext_lazy("Node code"), max_length=10, help_text=gettext_lazy("as R31000")
    )
    name = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=160, required=False)
    parent = forms.CharField(label=gettext_lazy("Node above it"), max_length=10, required=False)
    root_key = forms.CharField(
        label=gettext_lazy("Root key (base64)"),
        max_length=64,
        help_text=gettext_lazy("Compare it with what the node says by another way, as by phone."),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=200, help_text="https://node.example"
    )
    prefixes = forms.CharField(
        label=gettext_lazy("Prefixes granted to it"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "cm-mono"}),
        help_text=gettext_lazy("One a line; none to the node above this one."),
    )
    is_parent = forms.BooleanField(
        label=gettext_lazy("It is the node above this one"), required=False
    )


class PeerForm(OnceForm):
    """What two operators agree on about a node that this one talks with."""

    node = forms.CharField(
        label=gettext_lazy("Node code"),
        max_length=10,
        help_text=gettext_lazy("of a node that was admitted"),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=200, help_text="https://node.example"
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May ask"),
        choices=PeerScope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[PeerScope.RESOLVE.value],
    )
    networks = forms.CharField(
        label=gettext_lazy("From these networks only"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "cm-mono"}),
        help_text=gettext_lazy("One a line, such as 203.0.113.0/24; empty: from everywhere."),
    )
    rate = WholeField(
        label=gettext_lazy("Requests a second"), min_value=1, max_value=RATE_MAX, initial=50
    )
    pushes = forms.BooleanField(
        label=gettext_lazy("This node pushes its records to it"), required=False
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_node(request: PortalRequest) -> HttpResponse:
    """Propose to admit a node, or other facts of one."""
    form = NodeForm(request.POST or None)

    def propose() -> None:
        values = form.values()
        values["prefixes"] = _lines(values["prefixes"])
        values["root_key"] = values["root_key"].strip()
        gateway_services.propose_node(facts=NodeFacts(**values), by=_by(request), now=clock.now())

    return _asked(request, form, propose, _("Admit a node"), "portal:gateway-node")


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_peer(request: PortalRequest) -> HttpResponse:
    """Propose to admit a peer, or other terms with one."""
    form = PeerForm(request.POST or None)

    def propose() -> None:
        values = form.values()
        values["networks"] = _lines(values["networks"])
        peering_services.propose_peer(facts=PeerFacts(**values), by=_by(request), now=clock.now())

    return _asked(request, form, propose, _("Admit a peer"), "portal:gateway-peers")


def _by(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)


def _asked(
    request: PortalRequest, form: Any, propose: Callable[[], None], title: str, leads_to: str
) -> HttpResponse:
    back = reverse(leads_to)

    def act() -> None:
        with tenancy.acting_as_platform():
            propose()

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The admission waits until another operator approves it."))
        return redirect(back)
    head = desk.Head(
        title,
        _("Nothing is heard of it, or told to it, before another operator agrees."),
        crumbs=[(_("Ledger"), reverse("portal:ledger")), (_("Gateway"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Propose it"), back)])
