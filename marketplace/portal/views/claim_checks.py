"""The programme's people check claims, hand them to the payer, and note what was paid."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.claims import payer_files
from marketplace.claims import selectors as claims_selectors
from marketplace.claims import services as claims_services
from marketplace.claims.contracts import (
    REASON_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    ClaimKind,
    PayTo,
)
from marketplace.payments import references
from marketplace.payouts import selectors as payouts_selectors
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.claims import BATCHES
from marketplace.portal.once import once
from marketplace.portal.tables import Given

WHY: Final = gettext_lazy("Shown to the provider.")


class CheckForm(OnceForm):
    """What is struck out of a claim, and why."""

    struck = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Strike out"),
        help_text=gettext_lazy("What is struck out can be claimed anew; the rest is accepted."),
        coerce=UUID,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH_MAX,
        required=False,
        help_text=WHY,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, claim_id: UUID, **options: Any) -> None:
        super().__init__(*args, **options)
        found = claims_selectors.lines(claim_id).filter(is_live=True)
        field: Any = self.fields["struck"]
        field.choices = [
            (str(each.pk), f"{each.trade_record.number} · {figures.money(each.amount_minor)}")
            for each in found
        ]


class ClaimReturnForm(OnceForm):
    """Why a claim is returned."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH_MAX,
        help_text=WHY,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ClaimBatchForm(OnceForm):
    """What a batch is called."""

    batch = forms.CharField(
        label=gettext_lazy("Batch"),
        max_length=REFERENCE_LENGTH_MAX,
        help_text=gettext_lazy("The payer finds it in the file; a name counts once."),
    )


class ClaimPaidForm(OnceForm):
    """The payer's reference of the payment."""

    payment_reference = forms.CharField(
        label=gettext_lazy("The payer's reference"),
        max_length=REFERENCE_LENGTH_MAX,
        help_text=gettext_lazy("The number of the payment order or of the bank's receipt."),
    )


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def check_claim(request: PortalRequest, claim_id: UUID) -> HttpResponse:
    """Accept a claim, but for the lines that are struck out."""
    claim = _own(request, claim_id)
    form = CheckForm(request.POST or None, claim_id=claim.pk)

    def check() -> Any:
        return claims_services.check_claim(
            claim_id=claim.pk, by=_person(request), now=clock.now(), **form.values()
        )

    outcome = desk.attempt(request, form, check)
    if outcome and outcome.counts:
        messages.success(request, _("The claim is accepted; hand it to the payer in a batch."))
        return redirect("portal:voucher-claim", claim.pk)
    shown = [_sums(claim, outcome.made.accepted_minor)] if outcome else []
    told = _("Strike out what is not proved, or accept all of it.")
    block = desk.FormBlock(
        form,
        _("Accept this amount") if outcome else _("Show what is accepted"),
        reverse("portal:voucher-claim", args=[claim.pk]),
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    return desk.show(request, _head(claim, _("Check a claim"), told), [*shown, block])


def _sums(claim: Any, accepted: int) -> desk.Facts:
    pairs = (
        (_("Claimed"), claim.claimed_minor),
        (_("Struck out"), claim.claimed_minor - accepted),
        (_("Accepted"), accepted),
    )
    shown = [(label, desk.Cell(figures.money(minor))) for label, minor in pairs]
    return desk.Facts(_("What is accepted"), shown)


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def return_claim(request: PortalRequest, claim_id: UUID) -> HttpResponse:
    """Return a claim that is not accepted, or that the payer's bank did not pay."""
    claim, form = _own(request, claim_id), ClaimReturnForm(request.POST or None)
    head = _head(claim, _("Return a claim"), _("Its trades can be claimed anew."))

    def give_back() -> object:
        return claims_services.return_claim(
            claim_id=claim.pk, by=_person(request), now=clock.now(), **form.values()
        )

    return _act(request, claim, head, form, _("Return to the provider"), give_back, "danger")


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def pay_claim(request: PortalRequest, claim_id: UUID) -> HttpResponse:
    """Note that the payer paid a claim; another person than checked it does so."""
    claim = claims_selectors.voucher_claim(claim_id, request.actor)
    shares = claims_selectors.shares_to_pay(claim.pk, payer_id=request.actor.organization_id)
    if not shares:
        raise Http404
    form = ClaimPaidForm(request.POST or None)
    told = _("%(amount)s was paid to the payee; another person than checked it says so.")
    if claim.kind == ClaimKind.REIMBURSEMENT:
        told = _("%(amount)s was paid into the buyer's account: it counts once it is booked there.")
    amount = figures.money(sum(each.amount_minor for each in shares))
    head = _head(claim, _("Note a payment"), told % {"amount": amount})

    def confirm() -> object:
        return claims_services.confirm_claim(
            claim_id=claim.pk, by=_person(request), now=clock.now(), **form.values()
        )

    return _act(request, claim, head, form, _("It is paid"), confirm)


def _act(
    request: PortalRequest,
    claim: Any,
    head: desk.Head,
    form: OnceForm,
    label: str,
    act: Callable[[], object],
    tone: str = "primary",
) -> HttpResponse:
    back = reverse("portal:voucher-claim", args=[claim.pk])
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("Noted; the payee is told."))
        return redirect(back)
    return desk.show(request, head, [desk.FormBlock(form, label, back, tone=tone)])


@page(Role.ISSUER)
def claim_batches(request: PortalRequest) -> HttpResponseBase:
    """Show what the payer was handed, with the files that it pays from."""
    issuer_id = request.actor.organization_id
    table = BATCHES.read(request, Given(claims_selectors.batches(payer_id=issuer_id)))
    crumbs = [(_("Voucher claims"), reverse("portal:voucher-claims"))]
    link = desk.Link(_("New batch"), reverse("portal:claim-batch-new"), "plus", "primary")
    told = _("The payer pays from the file of a batch; its last row says how many and how much.")
    head = desk.Head(_("Batches of the payer"), told, crumbs=crumbs, links=[link])
    empty = desk.Empty(_("No batches"), _("What was accepted is handed to the payer in batches."))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def new_claim_batch(request: PortalRequest) -> HttpResponse:
    """Show which claims the payer would be handed, and hand them over."""
    issuer_id, back = request.actor.organization_id, reverse("portal:claim-batches")
    form = ClaimBatchForm(request.POST or None)

    def hand_over() -> list[Any]:
        return claims_services.instruct_claims(
            issuer_id=issuer_id, now=clock.now(), **form.values()
        )

    outcome = desk.attempt(request, form, hand_over)
    if outcome and outcome.counts:
        messages.success(request, _("The batch is made; its file is here."))
        return redirect(back)
    told = _("Every accepted claim goes into it.")
    crumbs = [(_("Voucher claims"), reverse("portal:voucher-claims"))]
    crumbs.append((_("Batches of the payer"), back))
    head = desk.Head(_("New batch"), told, crumbs=crumbs)
    block = desk.FormBlock(
        form,
        _("Hand it to the payer") if outcome else _("Show what it holds"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    return desk.show(request, head, [*([_handed(outcome.made)] if outcome else []), block])


def _handed(claims: list[Any]) -> desk.Facts:
    total = sum(claim.accepted_minor for claim in claims)
    paid_to = _pay_to(claims)
    without = {claim.provider_id for claim in claims if claim.pk not in paid_to}
    return desk.Facts(
        _("What it holds"),
        [
            (_("Claims"), desk.Cell(str(len(claims)))),
            (_("Amount"), desk.Cell(figures.money(total))),
            (_("Providers without a bank account in use"), desk.Cell(str(len(without)))),
        ],
    )


@page(Role.ISSUER)
def payer_file(request: PortalRequest, form: str) -> HttpResponse:
    """Answer with the file that the payer pays a batch from."""
    batch = desk.asked(request, "batch")
    payer_id = request.actor.organization_id
    shares = claims_selectors.with_payer(payer_id=payer_id, batch=batch) if batch else []
    if form not in payer_files.TYPES or not shares:
        raise Http404
    pay_to = _pay_to([each.claim for each in shares])
    content = payer_files.written(batch, shares, pay_to, form)
    response = HttpResponse(content, content_type=payer_files.TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="claims.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def _pay_to(claims: list[Any]) -> dict[UUID, PayTo]:
    """Return where to each claim is paid: a provider's bank, or a buyer's account in the market."""
    wanted = {claim.provider_id for claim in claims if claim.kind == ClaimKind.VOUCHER}
    found = payouts_selectors.accounts_in_use(wanted, at=clock.now())
    paid_to = {}
    for claim in claims:
        if claim.kind == ClaimKind.REIMBURSEMENT:
            paid_to[claim.pk] = _market_account(claim)
        elif claim.provider_id in found:
            each = found[claim.provider_id]
            paid_to[claim.pk] = PayTo(
                each.holder, each.account_number, each.bank_code, each.bank_name, claim.number
            )
    return paid_to


def _market_account(claim: Any) -> PayTo:
    reference = references.of(claim.provider.uscc)
    return PayTo(
        str(settings.PAYMENTS_BANK_HOLDER or settings.SITE_NAME),
        settings.PAYMENTS_BANK_ACCOUNT,
        "",
        settings.PAYMENTS_BANK_NAME,
        f"{reference} {claim.number}",
    )


def _own(request: PortalRequest, claim_id: UUID) -> Any:
    """Return a claim on the reader's organisation; any other is not found."""
    claim = claims_selectors.voucher_claim(claim_id, request.actor)
    if claim.issuer_id != request.actor.organization_id:
        raise Http404
    return claim


def _head(claim: Any, title: str, told: str) -> desk.Head:
    crumbs = [
        (_("Voucher claims"), reverse("portal:voucher-claims")),
        (claim.number, reverse("portal:voucher-claim", args=[claim.pk])),
    ]
    return desk.Head(title, told, crumbs=crumbs)


def _person(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)
