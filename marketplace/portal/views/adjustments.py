"""Money that moves without usage: read by its parties, proposed and approved by finance."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.approvals import selectors as proposals
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import MoneyField, OnceForm, OrganizationField
from marketplace.portal.lists.adjustments import ADJUSTMENTS, party
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement import services as settlement_services
from marketplace.settlement.contracts import (
    ADJUSTMENT_KIND,
    EVIDENCE_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    Adjusting,
    AdjustmentReason,
    Party,
)

READERS: Final = (Role.BUYER, Role.PROVIDER, Role.FINANCE, Role.OPERATOR, Role.AUDITOR)
# The inputs that the room's refusals are about.
FIELDS: Final = {"contract_id": "contract", "buyer_id": "buyer", "provider_id": "provider"}


class ContractField(forms.CharField):
    """A contract by its number."""

    def clean(self, value: Any) -> Any:
        """Return the contract of the number."""
        number = super().clean(value).strip().upper()
        found = settlement_selectors.contracts().filter(number=number).first() if number else None
        if number and found is None:
            raise forms.ValidationError(_("No contract has this number."), code="unknown")
        return found


class EvidenceForm(OnceForm):
    """What an adjustment is founded on."""

    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=EVIDENCE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What it is founded on: letters, minutes, measurements."),
    )


class AdjustmentForm(EvidenceForm):
    """Money to move: of a contract, or between parties that are named."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=AdjustmentReason.choices)
    payer = forms.ChoiceField(label=gettext_lazy("Pays"), choices=Party.choices)
    payee = forms.ChoiceField(label=gettext_lazy("Is paid"), choices=Party.choices)
    amount_minor = MoneyField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan."))
    contract = ContractField(
        label=gettext_lazy("Contract"),
        required=False,
        max_length=24,
        help_text=gettext_lazy("Its number, once it is settled; its trade record is corrected."),
    )
    buyer = OrganizationField(
        label=gettext_lazy("Buyer's unified social credit code"),
        required=False,
        help_text=gettext_lazy("Only without a contract."),
    )
    provider = OrganizationField(
        label=gettext_lazy("Provider's unified social credit code"),
        required=False,
        help_text=gettext_lazy("Only without a contract."),
    )
    reference = forms.CharField(
        label=gettext_lazy("Case"),
        max_length=REFERENCE_LENGTH_MAX,
        help_text=gettext_lazy("A case counts once, however often it is entered."),
    )

    suffixes: Final = {"amount_minor": "¥"}

    def wanted(self) -> Adjusting:
        """Return what was typed."""
        typed = self.cleaned_data
        return Adjusting(
            reason=AdjustmentReason(typed["reason"]),
            payer=Party(typed["payer"]),
            payee=Party(typed["payee"]),
            amount_minor=typed["amount_minor"],
            reference=typed["reference"],
            evidence=typed["evidence"],
            contract_id=typed["contract"] and typed["contract"].pk,
            buyer_id=typed["buyer"] and typed["buyer"].pk,
            provider_id=typed["provider"] and typed["provider"].pk,
        )


def _sections() -> list[desk.Section]:
    return [
        desk.Section(_("What moves"), ("reason", "payer", "payee", "amount_minor")),
        desk.Section(_("Between whom"), ("contract", "buyer", "provider")),
        desk.Section(_("Why"), ("reference", "evidence")),
    ]


@page(*READERS)
def adjustments(request: PortalRequest) -> HttpResponseBase:
    """Show the adjustments that the reader is a party of; all to those with a duty."""
    table = ADJUSTMENTS.read(request, Queried(settlement_selectors.adjustments(), tie="sequence"))
    may_propose = request.actor.has_role(Role.FINANCE)
    waiting = proposals.waiting(kind=ADJUSTMENT_KIND).count() if may_propose else 0
    context = {"may_propose": may_propose, "waiting": waiting}
    return table.answer("portal/adjustments.html", context)


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def new_adjustment(request: PortalRequest) -> HttpResponse:
    """Propose an adjustment."""
    form = AdjustmentForm(request.POST or None)

    def propose() -> object:
        return settlement_services.propose_adjustment(
            form.wanted(), by=_person(request), now=clock.now()
        )

    back = reverse("portal:adjustments")
    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose, FIELDS):
        messages.info(request, _("The adjustment waits until another person approves it."))
        return redirect(back)
    told = _("Money moves without usage in this way alone, and only once another person agrees.")
    head = desk.Head(_("New adjustment"), told, crumbs=[(_("Adjustments"), back)])
    return desk.show(request, head, [desk.FormBlock(form, _("Propose"), back, _sections())])


@page(*READERS)
def adjustment(request: PortalRequest, adjustment_id: UUID) -> HttpResponse:
    """Show one adjustment with what it corrects, reverses, or is reversed by."""
    found = settlement_selectors.adjustment(adjustment_id)
    back = reverse("portal:adjustments")
    is_last = found.reverses_id is None and getattr(found, "reversed_by", None) is None
    links = []
    if is_last and request.actor.has_role(Role.FINANCE):
        address = reverse("portal:adjustment-reverse", args=[found.pk])
        links = [desk.Link(_("Reverse"), address, tone="danger")]
    told = _("%(payer)s pays %(payee)s %(amount)s.") % {
        "payer": party(found, found.payer),
        "payee": party(found, found.payee),
        "amount": figures.money(found.amount_minor),
    }
    head = desk.Head(found.number, told, crumbs=[(_("Adjustments"), back)], links=links)
    return desk.show(request, head, [desk.Facts(_("What was agreed on"), _facts(found))])


def _facts(found: Any) -> list[tuple[Any, desk.Cell]]:
    linked = ((_("Reverses"), found.reverses), (_("Reversed by"), _reversed_by(found)))
    return [
        (_("Reason"), desk.Cell(found.get_reason_display())),
        (_("Amount"), desk.Cell(figures.money(found.amount_minor))),
        *(
            [(_("Carried as owed by the provider"), desk.Cell(figures.money(found.owed_minor)))]
            if found.owed_minor
            else []
        ),
        *([(_("Contract"), desk.Cell(found.contract.number))] if found.contract else []),
        *(
            [(_("Correcting trade record"), desk.Cell(found.trade_record.number))]
            if found.trade_record
            else []
        ),
        *(
            (label, desk.Cell(each.number, address=reverse("portal:adjustment", args=[each.pk])))
            for label, each in linked
            if each
        ),
        (_("Case"), desk.Cell(found.reference)),
        (_("Evidence"), desk.Cell(found.evidence)),
        (_("Booked"), desk.Cell(figures.moment(found.booked_at))),
        (_("Content hash"), desk.Cell(found.content_hash, is_code=True)),
    ]


def _reversed_by(found: Any) -> Any:
    return getattr(found, "reversed_by", None)


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def reverse_adjustment(request: PortalRequest, adjustment_id: UUID) -> HttpResponse:
    """Propose that an adjustment is taken back."""
    found = settlement_selectors.adjustment(adjustment_id)
    form, back = EvidenceForm(request.POST or None), reverse("portal:adjustment", args=[found.pk])

    def propose() -> object:
        return settlement_services.propose_reversal(
            adjustment_id=found.pk,
            evidence=form.cleaned_data["evidence"],
            by=_person(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("The reversal waits until another person approves it."))
        return redirect(back)
    told = _("%(payee)s pays %(amount)s back to %(payer)s; both entries stay.") % {
        "payer": party(found, found.payer),
        "payee": party(found, found.payee),
        "amount": figures.money(found.amount_minor),
    }
    crumbs = [(_("Adjustments"), reverse("portal:adjustments")), (found.number, back)]
    head = desk.Head(_("Reverse an adjustment"), told, crumbs=crumbs)
    block = desk.FormBlock(form, _("Propose the reversal"), back, tone="danger")
    return desk.show(request, head, [block])


def _person(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)
