"""A buyer's wallet: what there is, how to pay in, what can go back, and what moved."""

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.errors import Refusal
from common.moments import market_date
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from identity.contracts import Role
from ledger import selectors as ledger_selectors
from ledger.contracts import Balance
from marketplace import accounts
from marketplace.payments import channels, references
from marketplace.payments import selectors as payments_selectors
from marketplace.payments import services as payments_services
from marketplace.payments.contracts import MovementKind, MovementState, PayChannel
from marketplace.portal import figures, spending
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import MoneyField, OnceForm, show_refusal
from marketplace.portal.lists.budgets import wallet_budgets
from marketplace.portal.lists.payments import MOVEMENTS
from marketplace.portal.once import once
from marketplace.portal.papers.receipt import receipt_paper
from marketplace.portal.tables import Queried
from marketplace.settlement import selectors as settlement_selectors

SOURCES_MAX = 50


class TopUpForm(OnceForm):
    """How much is paid in by card or wallet."""

    amount_minor = MoneyField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan."))


class RefundForm(OnceForm):
    """What goes back to which source."""

    source_id = forms.ChoiceField(label=gettext_lazy("Back to"))
    amount_minor = MoneyField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan."))

    def __init__(self, *args: Any, organization_id: UUID, **options: Any) -> None:
        super().__init__(*args, **options)
        found = payments_selectors.sources(organization_id=organization_id)[:SOURCES_MAX]
        self.fields["source_id"].choices = [  # type: ignore[attr-defined]
            (str(each.pk), _source(each)) for each in found
        ]


def _source(source: Any) -> str:
    left = figures.money(source.paid_in_minor - source.taken_minor)
    name = source.reference[-8:]
    return f"{PayChannel(source.channel).label} …{name} · {left}"


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def wallet(request: PortalRequest) -> HttpResponseBase:
    """Show a buyer's cash, and ask for a page of payment."""
    actor = request.actor
    form = TopUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            payments_services.top_up(
                organization_id=actor.organization_id,
                amount_minor=form.cleaned_data["amount_minor"],
                key=str(form.cleaned_data["key"]),
                person_id=actor.person_id,
                now=clock.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.info(request, _("The page of payment is being opened; it is below at once."))
            return redirect("portal:wallet")
    organization = identity_selectors.organization(actor.organization_id)
    found = payments_selectors.movements(organization_id=actor.organization_id)
    table = MOVEMENTS.read(request, Queried(found))
    cash = _cash(actor.organization_id)
    today = market_date(clock.now())
    spent = spending.spending_of(actor.organization_id, today=today)
    context = {
        "form": form,
        "cash": cash,
        "takes_cards": channels.channel(PayChannel.STRIPE) is not None,
        "reference": references.of(organization.uscc),
        "bank": {
            "holder": settings.PAYMENTS_BANK_HOLDER or settings.SITE_NAME,
            "name": settings.PAYMENTS_BANK_NAME,
            "account": settings.PAYMENTS_BANK_ACCOUNT,
        },
        "is_test": bool(settings.STRIPE_API_BASE),
        "spending": spent,
        "forecast": settlement_selectors.forecast_of(
            actor.organization_id, cash, spent.days, today=today
        ),
        "budgets": wallet_budgets(actor.organization_id, on=today),
        "opening": found.filter(kind=MovementKind.TOP_UP, state=MovementState.REQUESTED).exists(),
    }
    return table.answer("portal/wallet.html", context, status=422 if form.errors else 200)


def _cash(organization_id: UUID) -> Balance:
    code = accounts.buyer_cash(organization_id)
    return ledger_selectors.balances([code]).get(code, Balance(0, 0, 0))


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator] # it has no stubs
@once
def wallet_refund(request: PortalRequest) -> HttpResponseBase:
    """Ask for money to go back to what it came by; whoever asks has just shown who they are."""
    actor = request.actor
    form = RefundForm(request.POST or None, organization_id=actor.organization_id)
    if request.method == "POST" and form.is_valid():
        try:
            payments_services.ask_refund(
                source_id=UUID(form.cleaned_data["source_id"]),
                amount_minor=form.cleaned_data["amount_minor"],
                key=str(form.cleaned_data["key"]),
                by=Person(actor.person_id, actor.organization_id),
                now=clock.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.info(request, _("The amount is on hold until the market's finance decides."))
            return redirect("portal:wallet")
    context = {"form": form, "cash": _cash(actor.organization_id)}
    table = MOVEMENTS.read(
        request,
        Queried(
            payments_selectors.movements(organization_id=actor.organization_id).exclude(
                kind=MovementKind.TOP_UP
            )
        ),
    )
    return table.answer("portal/wallet_refund.html", context, status=422 if form.errors else 200)


@page(Role.BUYER)
@require_safe
def receipt(request: PortalRequest, movement_id: UUID) -> HttpResponse:
    """Return the receipt of a top-up as PDF."""
    found = payments_selectors.movement(movement_id, organization_id=request.actor.organization_id)
    if found.kind != MovementKind.TOP_UP or found.state != MovementState.DONE:
        raise Http404
    paper = receipt_paper(found, at=clock.now())
    name = f'inline; filename="{found.number}.pdf"'
    return HttpResponse(
        paper, content_type="application/pdf", headers={"Content-Disposition": name}
    )
