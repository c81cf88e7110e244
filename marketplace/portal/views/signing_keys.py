"""Keys under which a provider signs what it registers, and the texts that wait for it."""

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
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyCustody, own_code
from gateway.rules import owners
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

LINES_LENGTH_MAX: Final = 40_000


class OwnerKeyForm(OnceForm):
    """A public key of the owner's own, and the signature that shows it."""

    public_key = forms.CharField(
        label=gettext_lazy("Public key"),
        max_length=44,
        widget=forms.TextInput(attrs={"class": "cm-mono", "spellcheck": "false"}),
        help_text=gettext_lazy("Ed25519, 32 bytes in base64."),
    )
    proof = forms.CharField(
        label=gettext_lazy("Signature by it"),
        max_length=88,
        widget=forms.TextInput(attrs={"class": "cm-mono", "spellcheck": "false"}),
        help_text=gettext_lazy("Over the three lines beside this form, in base64."),
    )


class OwnerSignaturesForm(OnceForm):
    """Signatures under texts that wait."""

    lines = forms.CharField(
        label=gettext_lazy("Digests and signatures"),
        max_length=LINES_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4, "class": "cm-mono", "spellcheck": "false"}),
        help_text=gettext_lazy("One a line: the digest, a space, the signature in base64."),
    )

    def pairs(self) -> list[tuple[str, str]]:
        """Return digest and signature of each line."""
        typed = [line.split() for line in self.cleaned_data["lines"].splitlines() if line.strip()]
        return [(each[0], each[1] if len(each) > 1 else "") for each in typed]


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def signing_keys(request: PortalRequest) -> HttpResponse:
    """Show the provider's keys and what waits for its signature; take a key of its own."""
    form = OwnerKeyForm(request.POST or None)
    owner_id = request.actor.organization_id

    def add() -> object:
        return gateway_services.add_owner_key(
            organization_id=owner_id,
            by_id=request.actor.person_id,
            now=clock.now(),
            public_key=form.cleaned_data["public_key"],
            proof=form.cleaned_data["proof"],
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, add):
        messages.success(request, _("You sign for yourself from now on."))
        return redirect("portal:signing-keys")
    return _shown(request, form, OwnerSignaturesForm())


@page(Role.PROVIDER)
@require_http_methods(["POST"])
@once
def sign_texts(request: PortalRequest) -> HttpResponse:
    """Keep the owner's signatures under texts that wait."""
    form = OwnerSignaturesForm(request.POST)

    def sign() -> object:
        return gateway_services.sign_as_owner(
            organization_id=request.actor.organization_id,
            signatures=form.pairs(),
            now=clock.now(),
        )

    fields = {"digest": "lines", "signature": "lines"}
    if form.is_valid() and desk.is_done(form, sign, fields):
        messages.success(request, _("Your signatures stand beside the node's."))
        return redirect("portal:signing-keys")
    return _shown(request, OwnerKeyForm(), form)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def end_signing_key(request: PortalRequest, key_id: UUID) -> HttpResponse:
    """Ask before a key of the owner's own ends."""
    owner_id, back = request.actor.organization_id, reverse("portal:signing-keys")
    found = gateway_selectors.owner_key_of(owner_id, key_id)
    form = OnceForm(request.POST or None)

    def end() -> object:
        return gateway_services.end_owner_key(
            organization_id=owner_id, key_id=found.pk, now=clock.now()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, end):
        messages.success(request, _("The key has ended: nothing that it signs later counts."))
        return redirect(back)
    head = desk.Head(
        _("End a signing key"),
        tags=[desk.Cell(owners.encoded(bytes(found.public_key)), is_code=True)],
        crumbs=[(_("Signing keys"), back)],
    )
    told = _("This is final. What it signed before stays good.")
    block = desk.FormBlock(form, _("End the key"), back, told=told, tone="danger", symbol="x")
    return desk.show(request, head, [block])


def _shown(
    request: PortalRequest, form: OwnerKeyForm, signing: OwnerSignaturesForm
) -> HttpResponse:
    owner_id = request.actor.organization_id
    name = owners.owner_name(own_code(), owner_id)
    rows = list(gateway_selectors.owner_keys(owner_id))
    waiting = gateway_selectors.waiting_for_owner(owner_id) if _has_own(rows) else []
    head = desk.Head(
        _("Signing keys"),
        _("Records of your resources bear your signature beside the node's."),
        crumbs=[(_("Developers"), reverse("portal:developers"))],
        links=[desk.Link(_("As a file"), "/api/gateway/v1/owner-texts", "download")],
        tags=[desk.Cell(name, is_code=True, copied=name)],
    )
    main: list[Any] = [_keys(rows), _waiting(waiting, has_own=_has_own(rows))]
    if waiting:
        action = reverse("portal:signing-texts")
        main.append(
            desk.FormBlock(
                signing,
                _("Keep them"),
                title=_("Hand in signatures"),
                symbol="check",
                action=action,
            )
        )
    shown = form["public_key"].value() or _("YOUR-KEY")
    lines = owners.proof_text(name, shown).splitlines()
    side: list[Any] = [
        desk.FormBlock(form, _("Take this key"), title=_("A key of your own"), symbol="key"),
        desk.Steps(
            _("What the new key signs"),
            lines,
            _(
                "Three lines, each ended by a line feed. From then on the node signs for you no"
                " more: each new record waits here for you."
            ),
        ),
    ]
    return desk.show(request, head, main, side)


def _has_own(rows: list[Any]) -> bool:
    return any(row.custody == KeyCustody.OWN and row.ended_at is None for row in rows)


def _keys(rows: list[Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Keys"),
        columns=[
            desk.Column(_("Public key")),
            desk.Column(_("Kept by")),
            desk.Column(_("Since")),
            desk.Column(_("State"), "state"),
            desk.Column(""),
        ],
        rows=[
            [
                desk.Cell(
                    owners.encoded(bytes(row.public_key)),
                    is_code=True,
                    copied=owners.encoded(bytes(row.public_key)),
                ),
                desk.Cell(row.get_custody_display()),
                desk.Cell(figures.moment(row.begun_at)),
                desk.Cell(_("signs"), tone="ok")
                if row.ended_at is None
                else desk.Cell(_("ended"), note=figures.moment(row.ended_at)),
                desk.Cell(links=_acts(row)),
            ]
            for row in rows
        ],
        empty=desk.Empty(
            _("No key yet"),
            _("The node makes one for you with your first record, unless you bring your own."),
            "key",
        ),
    )


def _acts(row: Any) -> list[desk.Link]:
    if row.custody != KeyCustody.OWN or row.ended_at is not None:
        return []
    return [desk.Link(_("End"), reverse("portal:signing-key-end", args=[row.pk]), tone="danger")]


def _waiting(waiting: list[Any], *, has_own: bool) -> desk.Sheet:
    told = (
        _("All that was registered bears your signature.")
        if has_own
        else _("The node signs for you at once, with the key that it keeps.")
    )
    return desk.Sheet(
        title=_("Wait for your signature"),
        columns=[desk.Column(_("Digest")), desk.Column(_("Kind")), desk.Column(_("Code"))],
        rows=[
            [
                desk.Cell(each.digest, is_code=True, copied=each.digest),
                desk.Cell(each.type),
                desk.Cell(each.subject, is_code=True),
            ]
            for each in waiting
        ],
        empty=desk.Empty(_("Nothing to sign"), told, "check"),
    )
