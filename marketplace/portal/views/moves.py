"""Codes that move between nodes: what was asked for here, and what is expected here."""

from typing import Any
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
from gateway.peering import selectors as peering_selectors
from gateway.peering import services as peering_services
from gateway.peering.contracts import MoveState
from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

SHOWN = 50
TONES = {MoveState.DONE: "ok", MoveState.ASKED: "warning"}
CODE = forms.TextInput(attrs={"class": "cm-mono", "spellcheck": "false"})


class ExpectForm(OnceForm):
    """A code of another node, and the resource here that it is to move to."""

    from_code = forms.CharField(
        label=gettext_lazy("Code at the other node"), max_length=96, widget=CODE
    )
    to_code = forms.CharField(
        label=gettext_lazy("Code of yours here"),
        max_length=96,
        widget=CODE,
        help_text=gettext_lazy("Registered before."),
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def moves(request: PortalRequest) -> HttpResponse:
    """Show moves both ways, and expect another one."""
    form, owner = ExpectForm(request.POST or None), request.actor.organization_id

    def expect() -> object:
        found = identity_selectors.resolve_identifier(form.cleaned_data["to_code"].strip())
        return peering_services.expect_move(
            resource_id=found.pk,
            provider_id=owner,
            from_code=form.cleaned_data["from_code"],
            by_id=request.actor.person_id,
            now=clock.now(),
        )

    fields = {"identifier": "from_code"}
    if request.method == "POST" and form.is_valid() and desk.is_done(form, expect, fields):
        messages.success(request, _("This node countersigns as soon as the other one asks."))
        return redirect("portal:moves")
    head = desk.Head(
        _("Moves between nodes"),
        _("A code moves once both nodes signed: the other one first, this one last."),
        crumbs=[(_("Resources"), reverse("portal:resources"))],
    )
    told = _("Register the resource here first; then let its code give way at the other node.")
    side = [desk.FormBlock(form, _("Expect it"), title=_("Take a code over"), told=told)]
    return desk.show(request, head, [_asked(owner), _expected(owner)], side)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def withdraw_move(request: PortalRequest, move_id: UUID) -> HttpResponse:
    """Ask before a move that waits is withdrawn."""
    owner, back = request.actor.organization_id, reverse("portal:moves")
    found = peering_selectors.move_of(owner, move_id)
    form = OnceForm(request.POST or None)

    def withdraw() -> object:
        return peering_services.withdraw_move(move_id=found.pk, provider_id=owner, now=clock.now())

    if request.method == "POST" and form.is_valid() and desk.is_done(form, withdraw):
        messages.success(request, _("The code stays here."))
        return redirect(back)
    head = desk.Head(
        _("Withdraw a move"),
        tags=[desk.Cell(found.from_code, is_code=True)],
        crumbs=[(_("Moves between nodes"), back)],
    )
    block = desk.FormBlock(form, _("Let it stay"), back, tone="danger", symbol="x")
    return desk.show(request, head, [block])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def withdraw_expected(request: PortalRequest, expected_id: UUID) -> HttpResponse:
    """Ask before a code of another node is expected no more."""
    owner, back = request.actor.organization_id, reverse("portal:moves")
    found = peering_selectors.expected_move_of(owner, expected_id)
    form = OnceForm(request.POST or None)

    def withdraw() -> object:
        return peering_services.withdraw_expected(
            expected_id=found.pk, provider_id=owner, now=clock.now()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, withdraw):
        messages.success(request, _("The code is not expected any more."))
        return redirect(back)
    head = desk.Head(
        _("Expect a code no more"),
        _("This node does not countersign; the other node hears so when it asks next."),
        tags=[desk.Cell(found.from_code, is_code=True)],
        crumbs=[(_("Moves between nodes"), back)],
    )
    block = desk.FormBlock(form, _("Expect it no more"), back, tone="danger", symbol="x")
    return desk.show(request, head, [block])


def _asked(owner: UUID) -> desk.Sheet:
    return desk.Sheet(
        title=_("Move away"),
        columns=[
            desk.Column(_("Code")),
            desk.Column(_("Becomes")),
            desk.Column(_("Node")),
            desk.Column(_("Asked")),
            desk.Column(_("State"), "state"),
            desk.Column(""),
        ],
        rows=[
            [
                desk.Cell(each.from_code, is_code=True),
                desk.Cell(each.to_code, is_code=True),
                desk.Cell(each.receiver, is_code=True),
                desk.Cell(figures.moment(each.asked_at)),
                _state(each),
                desk.Cell(links=_acts(each)),
            ]
            for each in peering_selectors.moves_of(owner)[:SHOWN]
        ],
        empty=desk.Empty(
            _("No code moves away"), _("A resource's page lets its code give way to another.")
        ),
    )


def _acts(each: Any) -> list[desk.Link]:
    if each.state != MoveState.ASKED:
        return []
    address = reverse("portal:move-withdraw", args=[each.pk])
    return [desk.Link(_("Withdraw"), address, tone="danger")]


def _state(each: Any) -> desk.Cell:
    known = MoveState(each.state)
    return desk.Cell(known.label, note=each.refusal, tone=TONES.get(known, ""))


def _expected(owner: UUID) -> desk.Sheet:
    return desk.Sheet(
        title=_("Expected here"),
        columns=[
            desk.Column(_("Code")),
            desk.Column(_("Becomes")),
            desk.Column(_("Since")),
            desk.Column(_("State"), "state"),
            desk.Column(""),
        ],
        rows=[
            [
                desk.Cell(each.from_code, is_code=True),
                desk.Cell(each.to_code, is_code=True),
                desk.Cell(figures.moment(each.expected_at)),
                _expectation(each),
                desk.Cell(links=_acts_on_expected(each)),
            ]
            for each in peering_selectors.expected_moves_of(owner)[:SHOWN]
        ],
        empty=desk.Empty(
            _("No code is expected"), _("What moves here from other nodes shows here.")
        ),
    )


def _expectation(each: Any) -> desk.Cell:
    if each.withdrawn_at:
        return desk.Cell(_("withdrawn"), note=figures.moment(each.withdrawn_at))
    if each.countersigned_at:
        return desk.Cell(_("countersigned"), tone="ok")
    return desk.Cell(_("expected"))


def _acts_on_expected(each: Any) -> list[desk.Link]:
    if each.withdrawn_at or each.countersigned_at:
        return []
    address = reverse("portal:move-expected-withdraw", args=[each.pk])
    return [desk.Link(_("Withdraw"), address, tone="danger")]
