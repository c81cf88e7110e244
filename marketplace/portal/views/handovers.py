"""Access: a buyer's keys, what is asked for of a delivery, what is handed over, and the secret."""

from collections.abc import Callable
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
from common.errors import Forbidden
from identity.contracts import Role
from marketplace import fulfilment as fulfilment_room
from marketplace.fulfilment import handover_keys as fulfilment_handover_keys
from marketplace.fulfilment import handover_selectors as fulfilment_handovers
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.handover_contracts import (
    ENDPOINT_LENGTH_MAX,
    KEY_NAME_LENGTH_MAX,
    SEALED_LENGTH_MAX,
    SSH_LENGTH_MAX,
    ErasedBecause,
    HandoverKeyKind,
    HandoverKeyNotFound,
)
from marketplace.portal import delivery_words, desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.portal.views.deliveries import READERS

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


class ActForm(OnceForm):
    """A form of the page of access; it says which act it asks for."""

    act = forms.CharField(widget=forms.HiddenInput)


class AskForm(ActForm):
    """Whom to let in."""

    sealing_key = forms.ChoiceField(label=gettext_lazy("Secrets are sealed to"), required=False)

    def __init__(self, *args: Any, keys: list[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        sealing = [(str(key.pk), key.name) for key in keys if key.kind == HandoverKeyKind.SEAL]
        field: Any = self.fields["sealing_key"]
        field.choices = sealing
        if not sealing:
            del self.fields["sealing_key"]


class HandForm(ActForm):
    """What a provider hands over."""

    request = forms.IntegerField(widget=forms.HiddenInput)
    endpoint = forms.CharField(
        label=gettext_lazy("Endpoint"),
        required=False,
        max_length=ENDPOINT_LENGTH_MAX,
        help_text=gettext_lazy(
            "A host, host:port, or an address such as ssh://user@host:22 or https://…. Both sides"
            " can read it; no password belongs here."
        ),
    )
    sealed = forms.CharField(
        label=gettext_lazy("The secret"),
        required=False,
        max_length=SEALED_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Passwords, tokens: sealed in this browser before it is sent; only the buyer opens it."
            " Without a script: what the command has sealed."
        ),
    )

    def __init__(self, *args: Any, asked: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not asked.sealing_key:
            del self.fields["sealed"]
            return
        self.fields["sealed"].widget.attrs |= {
            "data-seal": asked.sealing_key,
            "data-info": fulfilment_handover_keys.sealed_for(asked.delivery_id, asked.sequence),
            "data-label": _("What the buyer has to know; it leaves this browser sealed"),
        }


class OpenForm(ActForm):
    """What was sealed, to be opened in the browser."""

    secret = forms.CharField(
        label=gettext_lazy("What was sealed"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "readonly": True, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, info: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["secret"].widget.attrs |= {
            "data-open": "1",
            "data-info": info,
            "data-label": _("Choose the file of your sealing key; it stays in this browser"),
            "data-wrong": _("This key does not open it."),
        }


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def access_keys(request: PortalRequest) -> HttpResponse:
    """Show the keys with which a buyer asks for access; add one."""
    form = HandoverKeyForm(request.POST or None)
    if form.is_bound and form.is_valid() and desk.is_done(form, partial(_add, request, form)):
        messages.success(request, _("It is named in each delivery that opens from now on."))
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


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def access_to_delivery(request: PortalRequest, order_delivery_id: UUID) -> HttpResponse:
    """Show the access to a delivery; its buyer asks and takes, its provider hands over."""
    found = fulfilment_selectors.delivery(order_delivery_id, actor=request.actor)
    asked = fulfilment_handovers.access_requests_of(found.pk)
    handed = fulfilment_handovers.handovers_of(found.pk)
    own = request.actor.organization_id
    blocks: list[Any] = []
    answer: HttpResponse | None = None
    if found.buyer_id == own and request.actor.has_role(Role.BUYER):
        answer = _as_buyer(request, found, asked, handed, blocks)
    elif found.provider_id == own and request.actor.has_role(Role.PROVIDER):
        answer = _as_provider(request, found, asked, handed, blocks)
    elif request.method == "POST":
        raise Forbidden
    if answer is not None:
        return answer
    head = desk.Head(
        _("Access to %(order)s") % {"order": found.order_number},
        _told(asked, handed),
        crumbs=[
            (_("Deliveries of compute"), reverse("portal:deliveries")),
            (found.order_number, reverse("portal:delivery", args=[found.pk])),
        ],
        tags=[_tag(found)],
    )
    is_party = own in (found.buyer_id, found.provider_id)
    sheet = _handed(asked, handed, is_party=is_party, is_over=found.state in fulfilment_rules.OVER)
    shown = desk.show(request, head, [_asked(asked), sheet], blocks)
    shown["Cache-Control"] = "no-store"
    return shown


def _tag(found: Any) -> desk.Cell:
    state = delivery_words.tag(found)
    return desk.Cell(state.label, tone=state.tone, symbol=state.icon)


def _told(asked: list[Any], handed: list[Any]) -> str:
    if not asked:
        return _("The buyer has named no key: nobody can be let in yet.")
    if not handed or handed[0].request_id != asked[0].pk:
        return _("The provider is asked for access.")
    last = handed[0]
    if not last.has_secret:
        return _("Handed over; no secret belongs to it.")
    return {
        "": _("Handed over; the secret waits for the buyer.")
        if last.taken_at is None
        else _("The secret was taken, and is erased an hour after that."),
        ErasedBecause.TAKEN.value: _("The secret was taken; the market holds it no longer."),
        ErasedBecause.REPLACED.value: _("The secret was withdrawn."),
        ErasedBecause.OVER.value: _("The delivery is over; the market holds no secret of it."),
    }[last.erased_because]


def _as_buyer(
    request: PortalRequest, found: Any, asked: list[Any], handed: list[Any], blocks: list[Any]
) -> HttpResponse | None:
    """Add what the buyer may do; carry out what was sent."""
    is_done = _taking(request, found, handed, blocks)
    if not is_done and found.state not in fulfilment_rules.OVER:
        is_done = _asking(request, found, asked, blocks)
    return redirect("portal:delivery-access", found.pk) if is_done else None


def _taking(request: PortalRequest, found: Any, handed: list[Any], blocks: list[Any]) -> bool:
    """Add the secret that waits, or that was taken; say whether it was taken or erased now."""
    own, now = request.actor.organization_id, clock.now()
    last = handed[0] if handed else None
    if last is None or not last.has_secret or last.erased_at is not None:
        return False
    if last.taken_at is None:
        form: Any = ActForm(_sent(request, TAKE), initial={"act": TAKE})
        told = _("It is sealed to your key. Once you take it, it is held for an hour.")
        blocks.append(desk.FormBlock(form, _("Take it"), title=_("A secret waits"), told=told))
        return _carried_out(
            form,
            lambda: fulfilment_services.take_over(
                delivery_id=found.pk, buyer_id=own, by_id=request.actor.person_id, now=now
            ),
        )
    secret = fulfilment_handovers.taken_secret(found.pk, buyer_id=own, now=now)
    if not secret:
        return False
    info = fulfilment_handover_keys.sealed_for(found.pk, last.request.sequence)
    form = OpenForm(_sent(request, FORGET), initial={"act": FORGET, "secret": secret}, info=info)
    told = _("It can be opened here for an hour. The command opens it with %(info)s.")
    block = desk.FormBlock(
        form, _("I have it: erase it here"), title=_("The secret"), told=told % {"info": info}
    )
    blocks.append(block)
    return _carried_out(
        form,
        lambda: fulfilment_services.forget_secret(delivery_id=found.pk, buyer_id=own, now=now),
    )


def _asking(request: PortalRequest, found: Any, asked: list[Any], blocks: list[Any]) -> bool:
    """Add how to ask for access, or for other access; say whether it was asked for now."""
    own = request.actor.organization_id
    keys = fulfilment_handovers.usable_keys(own)
    if not keys:
        blocks.append(_without_keys())
        return False
    form = AskForm(_sent(request, ASK), initial={"act": ASK}, keys=keys)
    title = _("Other access") if asked else _("Ask for access")
    told = _(
        "With all your SSH keys in use. What was handed over before is withdrawn, and the provider"
        " is asked anew."
    )
    blocks.append(desk.FormBlock(form, _("Ask"), title=title, told=told, tone="quiet"))

    def ask() -> object:
        chosen = form.cleaned_data.get("sealing_key")
        return fulfilment_services.ask_access(
            delivery_id=found.pk,
            buyer_id=own,
            sealing_key_id=UUID(chosen) if chosen else None,
            by_id=request.actor.person_id,
            now=clock.now(),
        )

    is_done = _carried_out(form, ask)
    if is_done:
        messages.success(request, _("The provider is asked for access."))
    return is_done


def _without_keys() -> desk.Facts:
    link = desk.Link(_("Add a key"), reverse("portal:access-keys"), "key", "primary")
    return desk.Facts(
        _("You have no key in use"),
        [(_("Why"), desk.Cell(_("Without one, a provider does not know whom to let in.")))],
        [link],
    )


def _as_provider(
    request: PortalRequest, found: Any, asked: list[Any], handed: list[Any], blocks: list[Any]
) -> HttpResponse | None:
    """Add what the provider may hand over; carry it out where it was sent."""
    if found.state in fulfilment_rules.OVER or not asked:
        return None
    initial = {"act": HAND, "request": asked[0].sequence}
    form = HandForm(_sent(request, HAND), initial=initial, asked=asked[0])

    def hand() -> object:
        said = form.values()
        return fulfilment_services.hand_over(
            delivery_id=found.pk,
            provider_id=request.actor.organization_id,
            request=said["request"],
            endpoint=said["endpoint"],
            sealed=said.get("sealed", ""),
            by_id=request.actor.person_id,
            now=clock.now(),
        )

    told = _("Let the keys in that are asked for. The endpoint is shown to both sides.")
    if handed:
        told += " " + _(
            "What you hand over now takes the place of all that stands here, the secret included."
        )
    blocks.append(desk.FormBlock(form, _("Hand it over"), title=_("Access"), told=told))
    if _carried_out(form, hand):
        messages.success(request, _("Handed over; the buyer is told."))
        return redirect("portal:delivery-access", found.pk)
    return None


def _sent(request: PortalRequest, act: str) -> Any:
    return request.POST if request.POST.get("act") == act else None


def _carried_out(form: Any, act: Callable[[], object]) -> bool:
    return bool(form.is_bound and form.is_valid() and desk.is_done(form, act))


def _asked(asked: list[Any]) -> desk.Sheet:
    columns = [desk.Column(_("Asked")), desk.Column(_("SSH keys")), desk.Column(_("Sealed to"))]
    rows = [
        [
            desk.Cell(figures.moment(each.asked_at), note=f"#{each.sequence}"),
            desk.Cell(
                _("%(count)s keys") % {"count": len(each.ssh_keys)} if each.ssh_keys else "–",
                copied="\n".join(each.ssh_keys),
            ),
            desk.Cell(each.sealing_fingerprint or "–", is_code=bool(each.sealing_fingerprint)),
        ]
        for each in asked
    ]
    empty = desk.Empty(
        _("Nobody is to be let in yet"), _("The buyer has named no key so far."), "key"
    )
    return desk.Sheet(_("What is asked for"), columns, rows, empty)


def _handed(asked: list[Any], handed: list[Any], *, is_party: bool, is_over: bool) -> desk.Sheet:
    columns = [
        desk.Column(_("Handed over")),
        desk.Column(_("Endpoint")),
        desk.Column(_("The secret")),
    ]
    rows = [
        [
            desk.Cell(figures.moment(each.handed_at), note=f"#{each.request.sequence}"),
            _endpoint(
                each,
                is_party=is_party,
                is_in_force=not is_over and index == 0 and each.request_id == asked[0].pk,
            ),
            desk.Cell(_secret(each)),
        ]
        for index, each in enumerate(handed)
    ]
    empty = desk.Empty(_("Nothing yet"), _("What the provider hands over stands here."), "key")
    return desk.Sheet(_("What was handed over"), columns, rows, empty)


def _endpoint(each: Any, *, is_party: bool, is_in_force: bool) -> desk.Cell:
    """
    Return an endpoint; one that does not hold any more says so, and cannot be copied.

    It is read by its two parties, and by nobody else.
    """
    if not each.endpoint:
        return desk.Cell("–")
    if not is_party:
        return desk.Cell(_("its parties read it"))
    if not is_in_force:
        return desk.Cell(each.endpoint, _("It holds no longer."), is_code=True)
    return desk.Cell(each.endpoint, is_code=True, copied=each.endpoint)


def _secret(each: Any) -> str:
    if not each.has_secret:
        return _("none")
    if each.erased_at is not None:
        return str(ErasedBecause(each.erased_because).label)
    if each.taken_at is not None:
        return _("taken at %(at)s") % {"at": figures.moment(each.taken_at)}
    return _("waits")
