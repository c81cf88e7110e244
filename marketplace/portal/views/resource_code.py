"""Letting a resource's code give way to others, for ever."""

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
from gateway.peering import services as peering_services
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import RenameKind, Role
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

CODES_LENGTH_MAX: Final = 2_000
FIELDS: Final = {"identifier": "to"}


class CodeForm(OnceForm):
    """The codes that one gives way to, and why."""

    to = forms.CharField(
        label=gettext_lazy("Other codes"),
        max_length=CODES_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "cm-mono"}),
        help_text=gettext_lazy("Registered before, one a line, 16 at most."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What becomes of it"), choices=RenameKind.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Everybody reads it on the passport."),
    )
    wide: Final = ("to",)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def rename_code(request: PortalRequest, resource_id: UUID) -> HttpResponse:
    """Ask to which codes a resource's code gives way."""
    owner = request.actor.organization_id
    found = identity_selectors.resource_of_provider(resource_id=resource_id, provider_id=owner)
    form = CodeForm(request.POST or None)
    back = reverse("portal:resource", args=[found.pk])

    def rename() -> object:
        said = form.cleaned_data
        if said["kind"] == RenameKind.MOVE:
            return peering_services.ask_move(
                resource_id=found.pk,
                provider_id=owner,
                to=said["to"],
                reason=said["reason"],
                by_id=request.actor.person_id,
                now=clock.now(),
            )
        return identity_services.rename_code(
            resource_id=found.pk,
            provider_id=owner,
            to=said["to"].split(),
            kind=RenameKind(said["kind"]),
            reason=said["reason"],
            now=clock.now(),
            by_id=request.actor.person_id,
        )

    outcome = desk.attempt(request, form, rename, FIELDS)
    if outcome and outcome.counts:
        if form.cleaned_data["kind"] == RenameKind.MOVE:
            messages.success(request, _("The other node is asked; the code is in use until then."))
            return redirect("portal:moves")
        messages.success(request, _("The code gave way to the others."))
        return redirect(back)
    head = desk.Head(
        _("Give it another code"),
        tags=[desk.Cell(found.identifier, is_code=True)],
        crumbs=[(_("Resources"), reverse("portal:resources")), (names.named(found), back)],
        links=[desk.Link(_("Moves between nodes"), reverse("portal:moves"))],
    )
    told = _(
        "This is final: the code sells nothing any more and leads to the others for ever. What was"
        " ordered stays under it."
    )
    block = desk.FormBlock(
        form,
        _("Give it up, for ever") if outcome else _("Show what becomes of it"),
        back,
        told=told,
        symbol="check" if outcome else "search",
        tone="danger" if outcome else "primary",
        seen=desk.seen_mark(request) if outcome else "",
    )
    return desk.show(request, head, [_preview(found, form), block] if outcome else [block])


def _preview(found: Any, form: CodeForm) -> desk.Facts:
    """Return what becomes of the code; nothing was done yet."""
    said = form.cleaned_data
    return desk.Facts(
        _("Look once more: this cannot be taken back"),
        [
            (_("Ends for ever"), desk.Cell(found.identifier, is_code=True)),
            *((_("Leads to"), desk.Cell(each, is_code=True)) for each in said["to"].split()),
            (_("What becomes of it"), desk.Cell(RenameKind(said["kind"]).label)),
            (_("Reason"), desk.Cell(said["reason"])),
        ],
    )
