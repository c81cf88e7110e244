"""The conversation of an order's two parties: messages, and what one asks of the other."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat, linebreaksbr
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from identity.contracts import Role
from marketplace.catalog.least import units
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment import talk_rules
from marketplace.fulfilment import talk_selectors as fulfilment_talk
from marketplace.fulfilment.talk_contracts import (
    ATTACHED,
    ATTACHMENTS_BYTES_MAX,
    ATTACHMENTS_MAX,
    BODY_LENGTH_MAX,
    CHANGE_WORDS_LENGTH_MAX,
    TO_DO,
    ChangeVerdict,
    DeliveryChangeKind,
    DeliveryChangeState,
    NobodyToTalkTo,
    TalkSide,
    TalkSubject,
)
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.brought import FilesField, file_link, kept_file
from marketplace.portal.forms import ExactField, MomentFormField, OnceForm
from marketplace.portal.lists.messages import RECEIVED_MESSAGES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.settlement import services as settlement_services

SHOWN_MAX: Final = 50  # messages of one page
CHANGES_SHOWN_MAX: Final = 200  # as many as an order may have
WRITE, READ, ASK, ANSWER, WITHDRAW = "write", "read", "ask-change", "answer", "withdraw"
TONES: Final = {
    DeliveryChangeState.OPEN: ("warn", ""),
    DeliveryChangeState.ACCEPTED: ("ok", "check"),
    DeliveryChangeState.REFUSED: ("bad", "circle-x"),
    DeliveryChangeState.WITHDRAWN: ("neutral", ""),
    DeliveryChangeState.EXPIRED: ("neutral", ""),
}


class TalkForm(OnceForm):
    """A form of the conversation; it says which act it asks for, and of what."""

    talk = forms.CharField(widget=forms.HiddenInput)
    about = forms.CharField(widget=forms.HiddenInput, required=False)


class WriteForm(TalkForm):
    """A message to the other side."""

    body = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=BODY_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    file = FilesField(
        label=gettext_lazy("Files"),
        required=False,
        most=ATTACHMENTS_MAX,
        bytes_max=ATTACHMENTS_BYTES_MAX,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["file"].help_text = _(
            "Up to %(most)s documents, pictures or tables, each up to %(each)s, together up to"
            " %(all)s. They stay with the message, and both sides see them. Names of programs and"
            " scripts are refused."
        ) % {
            "most": ATTACHMENTS_MAX,
            "each": filesizeformat(settings.FILES_BYTES_MAX),
            "all": filesizeformat(ATTACHMENTS_BYTES_MAX),
        }


class ChangeAskForm(TalkForm):
    """What to ask the other side for."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is to change"), choices=DeliveryChangeKind.choices
    )
    moment = MomentFormField(label=gettext_lazy("Moment"), required=False)
    units = ExactField(
        label=gettext_lazy("How much from then on"),
        required=False,
        max_digits=9,
        decimal_places=3,
        help_text=gettext_lazy("Only where it becomes less: in the unit that was ordered."),
    )
    words = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=CHANGE_WORDS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Which time or resource instead."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zone = _("Time of day in %(zone)s.") % {"zone": figures.zone_name(clock.now())}
        told = _("Until when it goes on, or from when on. Not where it moves.")
        self.fields["moment"].help_text = f"{told} {zone}"


class ChangeAnswerForm(TalkForm):
    """The answer to what the other side asks for."""

    verdict = forms.ChoiceField(label=gettext_lazy("Answer"), choices=ChangeVerdict.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=CHANGE_WORDS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where you refuse it. The other side reads it."),
    )


@page(Role.BUYER, Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def order_talk(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Show what the two parties of an order say and ask; write, ask, answer."""
    try:
        found, side = fulfilment_talk.subject_of(
            order_id, organization_id=request.actor.organization_id
        )
    except NobodyToTalkTo as refusal:
        return _nobody(request, order_id, str(refusal.sentence))
    reading = fulfilment_talk.reading_of(found, side)
    asked = list(fulfilment_talk.changes_of(order_id)[:CHANGES_SHOWN_MAX])
    blocks: list[Any] = []
    is_done = _answering(request, found, side, asked, blocks)
    if not is_done and _is_answered(request, asked):
        messages.warning(request, _("Somebody was faster: this waits no longer."))
        is_done = True
    is_done = is_done or _reading(request, found, reading, blocks)
    is_done = is_done or _writing(request, found, blocks)
    is_done = is_done or _asking(request, found, asked, blocks)
    if is_done:
        return redirect("portal:order-talk", order_id)
    head = desk.Head(
        _("Conversation about %(order)s") % {"order": found.order_number},
        _intro(found, side),
        crumbs=_crumbs(found, side),
        links=_links(request, found, side),
    )
    shown = [_said(request, found, side), _asked(found, side, asked)]
    return desk.show(request, head, shown, blocks)


@page(Role.BUYER, Role.PROVIDER)
@require_safe
def delivery_talk(request: PortalRequest, order_delivery_id: UUID) -> HttpResponse:
    """Lead from a delivery to the conversation about its order."""
    found, _side = fulfilment_talk.subject_of_delivery(
        order_delivery_id, organization_id=request.actor.organization_id
    )
    return redirect("portal:order-talk", found.order_id)


@page(Role.BUYER, Role.PROVIDER)
def order_messages(request: PortalRequest) -> HttpResponseBase:
    """Show what others wrote to an organisation, about all its orders."""
    head = desk.Head(
        _("Messages about orders"),
        _("What the other party of an order wrote. An order's conversation has all of it."),
        crumbs=[(_("Orders"), reverse("portal:orders"))],
    )
    received = fulfilment_talk.received_by(request.actor.organization_id)
    table = RECEIVED_MESSAGES.read(request, Queried(received))
    empty = desk.Empty(
        _("No messages"), _("What buyers and providers write about orders stands here."), "mail"
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


def _nobody(request: PortalRequest, order_id: UUID, why: str) -> HttpResponse:
    """Show that an order waits for any provider, so that there is nobody to write to."""
    order = orders_selectors.order(order_id=order_id, organization_id=request.actor.organization_id)
    head = desk.Head(
        _("Conversation about %(order)s") % {"order": order.number},
        why,
        crumbs=[(order.number, reverse("portal:order", args=[order_id]))],
    )
    return desk.show(request, head, [], [])


def _intro(found: TalkSubject, side: TalkSide) -> str:
    parts = [_("Only the buyer and the provider of this order read it.")]
    if not found.is_matched and side == TalkSide.BUYER:
        parts.append(_("It waits to be cleared: the provider of the listing that it names reads."))
    if found.closes_at is not None:
        until = {"until": figures.moment(found.closes_at)}
        is_open = clock.now() < found.closes_at
        told = _("The order is over: messages are taken until %(until)s.")
        parts.append((told if is_open else _("It was closed at %(until)s; it stays.")) % until)
    return " ".join(parts)


def _sees_order(found: TalkSubject, side: TalkSide) -> bool:
    return found.is_matched or side == TalkSide.BUYER


def _crumbs(found: TalkSubject, side: TalkSide) -> list[tuple[str, str]]:
    crumbs = [(_("Messages about orders"), reverse("portal:order-messages"))]
    if _sees_order(found, side):
        crumbs.append((found.order_number, reverse("portal:order", args=[found.order_id])))
    return crumbs


def _links(request: PortalRequest, found: TalkSubject, side: TalkSide) -> list[desk.Link]:
    links = []
    if _sees_order(found, side):
        address = reverse("portal:order", args=[found.order_id])
        links.append(desk.Link(_("The order"), address, "receipt"))
    if found.delivery_id is not None:
        address = reverse("portal:delivery", args=[found.delivery_id])
        links.append(desk.Link(_("The delivery"), address, "server-2"))
    if _before(request):
        address = reverse("portal:order-talk", args=[found.order_id])
        links.insert(0, desk.Link(_("The latest messages"), address, "mail"))
    shown = _page_of(request, found)
    if len(shown) > SHOWN_MAX:
        earlier = f"?before={shown[SHOWN_MAX - 1].sequence}"
        links.insert(0, desk.Link(_("Earlier messages"), earlier, "chevron-left"))
    return links


def _before(request: PortalRequest) -> int:
    """Return the message before which those of the page lie; 0 for the latest."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page_of(request: PortalRequest, found: TalkSubject) -> list[Any]:
    """Return the messages of the page, the latest first, and one more if there are earlier ones."""
    rows, before = fulfilment_talk.messages_of(found.order_id), _before(request)
    return list((rows.filter(sequence__lt=before) if before else rows)[: SHOWN_MAX + 1])


def _reading(request: PortalRequest, found: TalkSubject, reading: Any, blocks: list[Any]) -> bool:
    """Add how to mark as read what the other side wrote; say whether it was done now."""
    if not reading.unread:
        return False
    last = fulfilment_talk.messages_of(found.order_id).values_list("sequence", flat=True)[0]
    form = _form(TalkForm, request, READ, about=str(last))
    told = _("%(count)s messages of the other side are unread.") % {"count": reading.unread}
    block = desk.FormBlock(form, _("Mark as read"), title=_("Unread"), told=told, tone="quiet")
    blocks.append(block)

    def read() -> object:
        about = form.cleaned_data["about"]
        return fulfilment_services.read_messages(
            order_id=found.order_id,
            organization_id=request.actor.organization_id,
            sequence=int(about) if about.isascii() and about.isdigit() and len(about) < 10 else 0,
            now=clock.now(),
        )

    return _carried_out(form, read)


def _writing(request: PortalRequest, found: TalkSubject, blocks: list[Any]) -> bool:
    """Add how to write to the other side; say whether it was written now."""
    if found.closes_at is not None and found.closes_at <= clock.now():
        return False
    form = _form(WriteForm, request, WRITE)
    blocks.append(desk.FormBlock(form, _("Send"), title=_("Write"), symbol="mail"))

    def write() -> object:
        now = clock.now()
        return fulfilment_services.write_message(
            order_id=found.order_id,
            organization_id=request.actor.organization_id,
            body=form.cleaned_data["body"].replace("\r\n", "\n"),
            file_ids=kept_file(request, form, purpose=ATTACHED),
            by_id=request.actor.person_id,
            now=now,
        )

    is_done = _carried_out(form, write)
    if is_done:
        messages.success(request, _("Sent; the other side is told."))
    return is_done


def _asking(
    request: PortalRequest, found: TalkSubject, asked: list[Any], blocks: list[Any]
) -> bool:
    """Add how to ask the other side for a change; say whether it was asked now."""
    if not found.is_running or found.leaves_at <= clock.now() or talk_rules.has_end(asked):
        return False
    form = _form(ChangeAskForm, request, ASK)
    told = _(
        "The other side agrees or refuses within three days. An end, or less, that is agreed on is"
        " carried out at its moment; an end is the last word. Whatever else is agreed on is an"
        " agreement, and changes nothing by itself."
    )
    title = _("Ask for a change")
    blocks.append(desk.FormBlock(form, _("Ask"), title=title, told=told, tone="quiet"))

    def ask() -> object:
        said = form.cleaned_data
        return fulfilment_services.ask_change(
            order_id=found.order_id,
            organization_id=request.actor.organization_id,
            kind=DeliveryChangeKind(said["kind"]),
            moment=said["moment"],
            units_milli=None if said["units"] is None else int(said["units"] * 1000),
            words=said["words"],
            by_id=request.actor.person_id,
            now=clock.now(),
        )

    is_done = _carried_out(form, ask)
    if is_done:
        messages.success(request, _("The other side is asked."))
    return is_done


def _answering(
    request: PortalRequest, found: TalkSubject, side: TalkSide, asked: list[Any], blocks: list[Any]
) -> bool:
    """Add how to answer, or to withdraw, what waits; say whether that was done now."""
    now = clock.now()
    waiting = [
        each for each in asked if each.state == DeliveryChangeState.OPEN and each.expires_at > now
    ]
    facts: dict[str, Any] = {
        "order_id": found.order_id,
        "organization_id": request.actor.organization_id,
        "by_id": request.actor.person_id,
        "now": now,
    }
    for each in waiting:
        if each.side == side:
            form: Any = _form(TalkForm, request, WITHDRAW, about=str(each.pk))
            act: Callable[[], object] = partial(
                fulfilment_services.withdraw_change, change_id=each.pk, **facts
            )
            label, tone = _("Withdraw it"), "quiet"
        else:
            form = _form(ChangeAnswerForm, request, ANSWER, about=str(each.pk))
            act = partial(_answer, form, change_id=each.pk, **facts)
            label, tone = _("Answer"), "primary"
        block = desk.FormBlock(form, label, title=_title(each), told=_told(each), tone=tone)
        blocks.append(block)
        if _carried_out(form, act):
            return True
    return False


def _is_answered(request: PortalRequest, asked: list[Any]) -> bool:
    """Tell whether somebody answers, or withdraws, what waits no longer."""
    if request.POST.get("talk") not in (ANSWER, WITHDRAW):
        return False
    now, about = clock.now(), request.POST.get("about", "")
    return any(
        str(each.pk) == about and (each.state != DeliveryChangeState.OPEN or each.expires_at <= now)
        for each in asked
    )


def _answer(form: Any, **facts: Any) -> object:
    said = form.cleaned_data
    return settlement_services.answer_order_change(
        verdict=ChangeVerdict(said["verdict"]), reason=said["reason"], **facts
    )


def _title(each: Any) -> str:
    asker = {"what": each.get_kind_display()}
    if each.side == TalkSide.BUYER:
        return _("The buyer asks: %(what)s") % asker
    return _("The provider asks: %(what)s") % asker


def _told(each: Any) -> str:
    parts = [figures.moment(each.moment)] if each.moment else []
    parts += [_smaller(each)] if each.units_milli else []
    parts += [each.words] if each.words else []
    waits = _("Waits until %(until)s.") % {"until": figures.moment(each.expires_at)}
    to_do = str(TO_DO[DeliveryChangeKind(each.kind)])
    return " · ".join([*parts, f"{waits} {to_do}"])


def _smaller(each: Any) -> str:
    """Return how much an order is to be from the moment on."""
    return _("%(units)s from then on") % {"units": units(each.units_milli)}


def _asked_for(each: Any) -> str:
    said = [_smaller(each)] if each.units_milli else []
    return " · ".join([*said, each.words] if each.words else said)


def _form(kind: type[Any], request: PortalRequest, act: str, *, about: str = "") -> Any:
    """Return a form of the page, with what was sent if it was this one."""
    is_sent = request.POST.get("talk") == act and request.POST.get("about", "") == about
    if act == READ:
        is_sent = request.POST.get("talk") == act
    named = {"initial": {"talk": act, "about": about}, "auto_id": f"id_{act}{about}_%s"}
    if is_sent:
        return kind(request.POST, request.FILES, **named)
    return kind(**named)


def _carried_out(form: Any, act: Callable[[], object]) -> bool:
    named = {"units_milli": "units"}
    return bool(form.is_bound and form.is_valid() and desk.is_done(form, act, named))


def _said(request: PortalRequest, found: TalkSubject, side: TalkSide) -> desk.Sheet:
    columns = [desk.Column(_("Sent")), desk.Column(_("Message")), desk.Column(_("Files"))]
    rows = [
        [
            desk.Cell(
                figures.moment(each.sent_at),
                note=_("You") if each.side == side else each.get_side_display(),
            ),
            desk.Cell(linebreaksbr(each.body, autoescape=True)),
            desk.Cell(links=[file_link(kept) for kept in each.attachments]),
        ]
        for each in _page_of(request, found)[:SHOWN_MAX]
    ]
    empty = desk.Empty(
        _("Nobody has written yet"), _("What buyer and provider write stands here."), "mail"
    )
    return desk.Sheet(_("Messages"), columns, rows, empty)


def _asked(found: TalkSubject, side: TalkSide, asked: list[Any]) -> desk.Sheet:
    columns = [
        desk.Column(_("Asked")),
        desk.Column(_("What is to change")),
        desk.Column(_("Moment")),
        desk.Column(_("State")),
        desk.Column(_("Answer")),
    ]
    now = clock.now()
    rows = [
        [
            desk.Cell(figures.moment(each.asked_at), note=each.get_side_display()),
            desk.Cell(each.get_kind_display(), note=_asked_for(each)),
            desk.Cell(figures.moment(each.moment) if each.moment else "–"),
            _state(each, now=now),
            _answered(found, side, each, asked, now=now),
        ]
        for each in asked
    ]
    empty = desk.Empty(
        _("Nothing was asked for"),
        _("What one side asks of the other, and the answer, stands here."),
        "list-details",
    )
    return desk.Sheet(_("Changes asked for"), columns, rows, empty)


def _answered(
    found: TalkSubject, side: TalkSide, each: Any, asked: list[Any], *, now: Any
) -> desk.Cell:
    """Return what was answered, and what follows from it."""
    answer = each.answer or "–"
    if talk_rules.is_replaced(each, asked):
        return desk.Cell(answer, note=_("Counts no longer: an end was agreed on after it."))
    links = _to_extend(found, each, now=now) if side == TalkSide.BUYER else []
    return desk.Cell(answer, note=_left(each), links=links)


def _state(each: Any, *, now: Any) -> desk.Cell:
    state = DeliveryChangeState(each.state)
    if state == DeliveryChangeState.OPEN and each.expires_at <= now:
        state = DeliveryChangeState.EXPIRED
    tone, symbol = TONES[state]
    return desk.Cell(state.label, tone=tone, symbol=symbol)


def _to_extend(found: TalkSubject, each: Any, *, now: Any) -> list[desk.Link]:
    """Return the way to the order that an agreed extension asks for, filled in as far as agreed."""
    is_agreed = each.state == DeliveryChangeState.ACCEPTED
    is_to_extend = is_agreed and each.kind == DeliveryChangeKind.EXTEND
    if not is_to_extend or found.listing_id is None or found.leaves_at <= now:
        return []
    place = reverse("portal:order-place", args=[found.listing_id])
    address = f"{place}?again={found.order_id}&extend=1"
    if each.moment and each.moment > found.leaves_at:
        address += f"&seconds={int((each.moment - found.leaves_at).total_seconds())}"
    return [desk.Link(_("Order the extension"), address, "plus", about=found.order_number)]


def _left(each: Any) -> str:
    """Return what both have to do of what was agreed on."""
    is_agreed = each.state == DeliveryChangeState.ACCEPTED
    return str(TO_DO[DeliveryChangeKind(each.kind)]) if is_agreed else ""
