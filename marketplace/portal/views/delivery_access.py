"""Access to a delivery: what is asked for, what is handed over, and what was sealed."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden
from identity.contracts import Role
from marketplace.fulfilment import handover_keys as fulfilment_handover_keys
from marketplace.fulfilment import handover_selectors as fulfilment_handovers
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.handover_contracts import (
    AccessKind,
    ErasedBecause,
    HandoverKeyKind,
    RenewalReason,
)
from marketplace.portal import access_words, delivery_words, desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.access_forms import ActForm, AskForm, HandForm, MakeKeyForm, OpenForm
from marketplace.portal.once import once
from marketplace.portal.views.deliveries import READERS

ASK, HAND, TAKE, FORGET, MAKE, WANT = "ask", "hand", "take", "forget", "make", "want"


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
        _told(found, asked, handed),
        crumbs=[
            (_("Deliveries of compute"), reverse("portal:deliveries")),
            (found.order_number, reverse("portal:delivery", args=[found.pk])),
        ],
        tags=[_tag(found)],
    )
    is_party = own in (found.buyer_id, found.provider_id)
    sheet = _handed(asked, handed, is_party=is_party, is_over=found.state in fulfilment_rules.OVER)
    parts: list[Any] = [
        *access_words.key_notes(found, is_asked=bool(asked), own=own),
        _asked(asked),
        sheet,
    ]
    parts += access_words.key_facts(found, handed)
    shown = desk.show(request, head, parts, blocks)
    shown["Cache-Control"] = "no-store"
    return shown


def _tag(found: Any) -> desk.Cell:
    state = delivery_words.tag(found)
    return desk.Cell(state.label, tone=state.tone, symbol=state.icon)


def _told(found: Any, asked: list[Any], handed: list[Any]) -> str:
    if not asked:
        return _("The buyer has named no key: nobody can be let in yet.")
    if found.state in fulfilment_rules.OVER:
        return _("The delivery is over: nobody reads here how it was reached.")
    if not handed or handed[0].request_id != asked[0].pk:
        return _("The provider is asked for access.")
    last = handed[0]
    if not last.has_secret:
        return _("Handed over; no secret belongs to it.")
    return {
        "": _("Handed over; it waits for the buyer.")
        if last.taken_at is None
        else _("It was taken, and is erased an hour after that."),
        ErasedBecause.TAKEN.value: _("It was taken; the market holds it no longer."),
        ErasedBecause.REPLACED.value: _("It was withdrawn."),
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
    info = fulfilment_handover_keys.sealed_for(
        found.pk, last.request.sequence, sealed_format=last.format
    )
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
    if not any(key.kind == HandoverKeyKind.SEAL for key in keys) and _making(
        request, found, blocks
    ):
        return True
    if not keys:
        return False
    form = AskForm(_sent(request, ASK), initial={"act": ASK}, keys=keys, is_renewed=bool(asked))
    title = _("Other access") if asked else _("Ask for access")
    told = _(
        "With all your SSH keys in use. What was handed over before is withdrawn, and the provider"
        " is asked anew."
    )
    blocks.append(desk.FormBlock(form, _("Ask"), title=title, told=told, tone="quiet"))

    def ask() -> object:
        said = form.cleaned_data
        chosen = said.get("sealing_key")
        return fulfilment_services.ask_access(
            delivery_id=found.pk,
            buyer_id=own,
            sealing_key_id=UUID(chosen) if chosen else None,
            is_plain=said["is_plain"],
            reason=RenewalReason(said.get("reason", "")),
            by_id=request.actor.person_id,
            now=clock.now(),
        )

    is_done = _carried_out(form, ask)
    if is_done:
        messages.success(request, _("The provider is asked for access."))
    return is_done


def _making(request: PortalRequest, found: Any, blocks: list[Any]) -> bool:
    """Add how to make a sealing key in one press; say whether one was listed now."""
    form = MakeKeyForm(_sent(request, MAKE), initial={"act": MAKE})
    told = _(
        "Without a sealing key nothing can be handed over: endpoint and secret come sealed, so that"
        " nobody but you reads them. With it the provider is asked at once, for everything of yours"
        " that waits."
    )
    links = [
        desk.Link(_("The command"), reverse("portal:sealing-command"), "download"),
        desk.Link(_("Access keys"), reverse("portal:access-keys"), "key"),
    ]
    title, act = _("A key is missing"), _("List it, and ask for access")
    block = desk.FormBlock(form, act, title=title, told=told, symbol="key", links=links)
    blocks.append(block)
    now = clock.now()

    def make() -> object:
        return fulfilment_services.add_handover_key(
            organization_id=found.buyer_id,
            kind=HandoverKeyKind.SEAL,
            name=_("Made for %(order)s") % {"order": found.order_number},
            public_key=form.cleaned_data["public_key"],
            by_id=request.actor.person_id,
            now=now,
        )

    is_done = _carried_out(form, make)
    if is_done:
        messages.success(request, _("The provider is asked for access."))
    return is_done


def _as_provider(
    request: PortalRequest, found: Any, asked: list[Any], handed: list[Any], blocks: list[Any]
) -> HttpResponse | None:
    """Add what the provider may hand over; carry it out where it was sent."""
    if found.state in fulfilment_rules.OVER:
        return None
    if not asked:
        return _waiting(request, found, blocks)
    form = HandForm(
        _sent(request, HAND),
        initial={"act": HAND, "request": asked[0].sequence},
        asked=asked[0],
        is_interface=fulfilment_handovers.is_interface(found),
        is_replaced=bool(handed),
    )

    def hand() -> object:
        said = form.values()
        return fulfilment_services.hand_over(
            delivery_id=found.pk,
            provider_id=request.actor.organization_id,
            request=said["request"],
            sealed=said.get("sealed", ""),
            sealed_format=form.sealed_format,
            kind=AccessKind(said["kind"]) if said["kind"] else None,
            endpoint=said.get("endpoint", ""),
            key=form.said_of_key(),
            by_id=request.actor.person_id,
            now=clock.now(),
        )

    told = _("Let the keys in that are asked for.")
    if asked[0].reason:
        told += " " + _("The buyer says why: %(reason)s.") % {
            "reason": asked[0].get_reason_display()
        }
    if handed:
        told += " " + _(
            "What you hand over now takes the place of all that stands here, the secret included."
        )
    blocks.append(desk.FormBlock(form, _("Hand it over"), title=_("Access"), told=told))
    if _carried_out(form, hand):
        messages.success(request, _("Handed over; the buyer is told."))
        return redirect("portal:delivery-access", found.pk)
    return None


def _waiting(request: PortalRequest, found: Any, blocks: list[Any]) -> HttpResponse | None:
    """Add how a provider says that it waits for a key; carry it out where it was sent."""
    if found.key_wanted_at is not None or found.state not in fulfilment_rules.BEFORE_READY:
        return None
    form = ActForm(_sent(request, WANT), initial={"act": WANT})
    told = _(
        "Say so, and your time stands still: it counts as your answer, the buyer is asked for a"
        " key, and once it has named one you have the whole time to be ready."
    )
    title = _("The buyer has named no key")
    block = desk.FormBlock(form, _("I wait for a key"), title=title, told=told, symbol="key")
    blocks.append(block)
    provider, now = request.actor.organization_id, clock.now()
    want = partial(
        fulfilment_services.want_key, delivery_id=found.pk, provider_id=provider, now=now
    )
    if _carried_out(form, want):
        messages.success(request, _("The buyer is asked for a key."))
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
        desk.Column(_("What was sealed")),
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
    """Return where it leads, as far as that may be read: sealed, in the open, or removed."""
    note = each.get_kind_display()
    if not each.endpoint:
        is_gone = each.erased_at is not None
        return desk.Cell(_("removed") if is_gone else _("sealed"), note)
    if not is_party:
        return desk.Cell(_("its parties read it"), note)
    if not is_in_force:
        return desk.Cell(_("removed"), _("It holds no longer."))
    return desk.Cell(each.endpoint, note, is_code=True, copied=each.endpoint)


def _secret(each: Any) -> str:
    if not each.has_secret:
        return _("none")
    if each.erased_at is not None:
        return str(ErasedBecause(each.erased_because).label)
    if each.taken_at is not None:
        return _("taken at %(at)s") % {"at": figures.moment(each.taken_at)}
    return _("waits")
