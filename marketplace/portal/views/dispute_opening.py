"""Opening a dispute from where the fault is seen: what it is about is filled in."""

from collections.abc import Sequence
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
from common.errors import NotFound
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.assurance import dispute_selectors
from marketplace.assurance import dispute_subjects as assurance_disputes
from marketplace.assurance import services as assurance_services
from marketplace.assurance.dispute_contracts import (
    CLAIM_MAX,
    DISPUTE_RULES,
    ENDED,
    NEWEST_RULE,
    RELIED_ON_BY,
    DisputeSubject,
)
from marketplace.assurance.dispute_subjects import DisputedThing
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.brought import kept_file
from marketplace.portal.forms import MoneyField, OnceForm
from marketplace.portal.once import once
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import ContractState

FILE_HELP: Final = gettext_lazy("A document, picture or table. Both sides and operators see it.")


class OpenDisputeForm(OnceForm):
    """What is disputed, and how much is wanted back."""

    about = forms.ChoiceField(label=gettext_lazy("About"))
    subject_reference = forms.CharField(
        label=gettext_lazy("Which one"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Only where it is not in the list: what is wrong, and when."),
    )
    claimed_minor = MoneyField(label=gettext_lazy("Wanted back"))
    claim = forms.CharField(
        label=gettext_lazy("What is wrong"),
        max_length=CLAIM_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    file = forms.FileField(label=gettext_lazy("Evidence"), required=False, help_text=FILE_HELP)

    def __init__(
        self, *args: Any, things: Sequence[tuple[DisputeSubject, DisputedThing]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        named = [(_value(subject, each.id), _told(subject, each)) for subject, each in things]
        others = [
            (_value(each, None), _("%(kind)s, in words") % {"kind": each.label})
            for each in DisputeSubject
            if each != DisputeSubject.COVER
        ]
        field: Any = self.fields["about"]
        field.choices = named + others

    def said(self) -> dict[str, Any]:
        """Return what the service is asked, without the file."""
        values = {name: value for name, value in self.values().items() if name != "file"}
        subject, _sign, number = values.pop("about").partition(":")
        return values | {"subject": subject, "subject_id": UUID(number) if number else None}


def dispute_link(order_id: UUID, subject: DisputeSubject, subject_id: UUID | None) -> desk.Link:
    """Return the link that opens a dispute about something, where it is seen."""
    address = reverse("portal:dispute-open", args=[order_id])
    query = _value(subject, subject_id) if subject_id else str(subject)
    label = _("Dispute this cover") if subject == DisputeSubject.COVER else _("Dispute this")
    return desk.Link(label, f"{address}?about={query}", "alert-triangle")


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def open_dispute(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Open a dispute about the contract of one's own order."""
    contract = settlement_selectors.contract_of_order(order_id)
    if contract is None:
        return _nothing_to_dispute(request, order_id)
    if contract.buyer_id != request.actor.organization_id:
        raise NotFound
    things = assurance_disputes.disputable(contract)
    form = OpenDisputeForm(
        request.POST or None,
        request.FILES or None,
        things=things,
        initial={"about": _asked(request.GET.get("about", ""), things)},
    )
    made: list[Any] = []

    def act() -> None:
        made.append(
            assurance_services.open_dispute(
                contract_id=contract.pk,
                by=Person(request.actor.person_id, request.actor.organization_id),
                now=clock.now(),
                file_ids=kept_file(request, form, purpose=RELIED_ON_BY),
                **form.said(),
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The dispute is open; the provider is told."))
        return redirect("portal:dispute", made[0].pk)
    head = desk.Head(
        _("Open a dispute about %(contract)s") % {"contract": contract.number},
        _("Paid in cash so far: %(paid)s.") % {"paid": figures.money(contract.cash_minor)},
        crumbs=[
            (_("Disputes"), reverse("portal:disputes")),
            (contract.order_number, reverse("portal:order", args=[contract.order_id])),
        ],
    )
    block = desk.FormBlock(
        form,
        _("Open the dispute"),
        title=_("What is disputed"),
        told=_clocks_told(),
        back=reverse("portal:order", args=[contract.order_id]),
    )
    notes = [*_under_way(contract), *settlement_note(contract)]
    return desk.show(request, head, [*notes, block], [_bounds(things)])


def _nothing_to_dispute(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """
    Go back to an order of which nothing was ever charged, and say so.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    """
    orders_selectors.order(order_id=order_id, organization_id=request.actor.organization_id)
    messages.info(request, _("Nothing was charged for this order: there is nothing to dispute."))
    return redirect("portal:order", order_id)


def _under_way(contract: Any) -> list[desk.Note]:
    """Say which disputes of the contract go on: what they claim is not claimed again."""
    found = dispute_selectors.disputes_of_contract(contract.pk).exclude(state__in=ENDED)
    numbers = ", ".join(found.values_list("number", flat=True))
    if not numbers:
        return []
    told = _(
        "Under way about this contract: %(numbers)s. The same thing is disputed once at a time, and"
        " all that go on claim no more together than was paid and not given back."
    )
    return [desk.Note(told % {"numbers": numbers})]


def settlement_note(contract: Any) -> list[desk.Note]:
    """Return what a reader of a contract that still runs has to know."""
    if contract.state == ContractState.SETTLED:
        return []
    told = _(
        "The contract is not settled yet. What is claimed is frozen at once and may be judged; what"
        " is awarded moves in the minute after the contract is settled, at the earliest at"
        " %(moment)s, and corrects its trade record."
    ) % {"moment": figures.moment(contract.settles_at)}
    return [desk.Note(told)]


def _clocks_told() -> str:
    rule = DISPUTE_RULES[NEWEST_RULE]
    return _(
        "Within %(opens)s days of the contract's end, %(certificate)s for a certificate and"
        " %(cover)s for a voucher. The provider has %(answer)s days to answer and loses otherwise;"
        " each side may appeal once, within %(appeal)s days."
    ) % {
        "opens": rule.opens_within.days,
        "certificate": rule.opens_for(DisputeSubject.CERTIFICATE).days,
        "cover": rule.opens_for(DisputeSubject.COVER).days,
        "answer": rule.answer_within.days,
        "appeal": rule.appeal_within.days,
    }


def _bounds(things: Sequence[tuple[DisputeSubject, DisputedThing]]) -> desk.Facts:
    covers = [each for subject, each in things if subject == DisputeSubject.COVER]
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("In cash"), desk.Cell(_("frozen on what the provider is owed, and paid to your cash")))
    ]
    pairs += [
        (
            each.reference,
            desk.Cell(
                figures.money(each.most_minor),
                _("goes back to the voucher; the programme pays the provider less"),
            ),
        )
        for each in covers
    ]
    return desk.Facts(_("What comes back, and where to"), pairs)


def _value(subject: DisputeSubject, subject_id: UUID | None) -> str:
    return f"{subject}:{subject_id or ''}"


def _told(subject: DisputeSubject, thing: DisputedThing) -> str:
    told = _("%(kind)s: %(which)s, at most %(most)s")
    return told % {
        "kind": subject.label,
        "which": thing.reference,
        "most": figures.money(max(0, thing.most_minor)),
    }


def _asked(about: str, things: Sequence[tuple[DisputeSubject, DisputedThing]]) -> str:
    """Return the choice that an address asks for: exactly, or the first of its subject."""
    values = [_value(subject, each.id) for subject, each in things]
    return next((each for each in values if about and each.startswith(about)), "")
