"""The keys of a buyer: added, withdrawn; and the command that seals."""

from functools import partial
from pathlib import Path
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
from identity.contracts import Role
from marketplace import fulfilment as fulfilment_room
from marketplace.fulfilment import handover_selectors as fulfilment_handovers
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.handover_contracts import (
    KEY_NAME_LENGTH_MAX,
    SSH_LENGTH_MAX,
    HandoverKeyKind,
    HandoverKeyNotFound,
)
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

COMMAND: Final = Path(fulfilment_room.__file__).with_name("seal_access.py")
ASK, HAND, TAKE, FORGET = "ask", "hand", "take", "forget"


class HandoverKeyForm(OnceForm):
    """A public key to add."""

    kind = forms.ChoiceField(label=gettext_lazy("What it is for"), choices=HandoverKeyKind.choices)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=KEY_NAME_LENGTH_MAX)
    public_key = forms.CharField(
        label=gettext_lazy("Public key"),
        max_length=SSH_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "SSH: one line, as it stands in id_ed25519.pub. Sealing key: made here or by the"
            " command. The private half never leaves you."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["public_key"].widget.attrs |= {
            "data-make": _("Make a sealing key in this browser"),
            "data-made": _("Keep the file that was saved: without it nobody opens the secret."),
        }


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def access_keys(request: PortalRequest) -> HttpResponse:
    """Show the keys with which a buyer asks for access; add one."""
    form = HandoverKeyForm(request.POST or None)
    if form.is_bound and form.is_valid() and desk.is_done(form, partial(_add, request, form)):
        messages.success(
            request,
            _("It is named in each delivery that opens from now on, and in what waited for one."),
        )
        return redirect("portal:access-keys")
    keys = fulfilment_handovers.usable_keys(request.actor.organization_id)
    head = desk.Head(
        _("Access keys"),
        _("Public keys that providers let in, and keys to which they seal secrets."),
        crumbs=[(_("Deliveries of compute"), reverse("portal:deliveries"))],
        links=[desk.Link(_("The command"), reverse("portal:sealing-command"), "download")],
    )
    block = desk.FormBlock(form, _("Add it"), title=_("Another key"), symbol="plus")
    return desk.show(request, head, [_keys(keys)], [block])


def _add(request: PortalRequest, form: HandoverKeyForm) -> object:
    said = form.values()
    return fulfilment_services.add_handover_key(
        organization_id=request.actor.organization_id,
        kind=HandoverKeyKind(said["kind"]),
        name=said["name"],
        public_key=said["public_key"],
        by_id=request.actor.person_id,
        now=clock.now(),
    )


def _keys(keys: list[Any]) -> desk.Sheet:
    columns = [
        desk.Column(_("Name")),
        desk.Column(_("What it is for")),
        desk.Column(_("Fingerprint")),
        desk.Column(_("Added")),
        desk.Column("", "act"),
    ]
    rows = [
        [
            desk.Cell(key.name),
            desk.Cell(key.get_kind_display()),
            desk.Cell(key.fingerprint, is_code=True, copied=key.public_key),
            desk.Cell(figures.moment(key.added_at)),
            desk.Cell(
                links=[
                    desk.Link(
                        _("Withdraw"),
                        reverse("portal:access-key-withdraw", args=[key.pk]),
                        about=key.name,
                    )
                ]
            ),
        ]
        for key in keys
    ]
    empty = desk.Empty(
        _("No keys"), _("Without one, a provider does not know whom to let in."), "key"
    )
    return desk.Sheet(_("In use"), columns, rows, empty)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def withdraw_access_key(request: PortalRequest, handover_key_id: UUID) -> HttpResponse:
    """Ask before a key is withdrawn."""
    keys = fulfilment_handovers.usable_keys(request.actor.organization_id)
    key = next((each for each in keys if each.pk == handover_key_id), None)
    if key is None:
        raise HandoverKeyNotFound
    form = OnceForm(request.POST or None)
    withdraw = partial(
        fulfilment_services.withdraw_handover_key,
        key_id=key.pk,
        organization_id=request.actor.organization_id,
        now=clock.now(),
    )
    if form.is_bound and form.is_valid() and desk.is_done(form, withdraw):
        messages.success(request, _("%(name)s is withdrawn.") % {"name": key.name})
        return redirect("portal:access-keys")
    back = reverse("portal:access-keys")
    head = desk.Head(
        _("Withdraw the key"), f"{key.name} · {key.fingerprint}", crumbs=[(_("Access keys"), back)]
    )
    told = _(
        "No delivery is asked for with it from now on. Whoever was let in with it stays in until"
        " you ask for other access on the page of the delivery."
    )
    block = desk.FormBlock(form, _("Yes, withdraw it"), back, told=told, tone="danger", symbol="x")
    return desk.show(request, head, [block])


@page()
def sealing_command(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the command that makes sealing keys, seals and opens."""
    answer = HttpResponse(
        COMMAND.read_text(encoding="utf-8"), content_type="text/x-python; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{COMMAND.name}"'
    return answer
