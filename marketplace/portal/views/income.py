"""A provider's income: what it is owed, owes and was paid, and where it is paid."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Role
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.payments import channels
from marketplace.payments.contracts import PayChannel
from marketplace.payouts import selectors as payouts_selectors
from marketplace.payouts import services as payouts_services
from marketplace.payouts.contracts import (
    ACCOUNT_LENGTH_MAX,
    BANK_CODE_LENGTH,
    HOLDER_LENGTH_MAX,
    NewAccount,
    PayoutChannel,
)
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.payouts import OWN
from marketplace.portal.once import once
from marketplace.portal.tables import Queried


class AccountForm(OnceForm):
    """Where a provider wants to be paid."""

    holder = forms.CharField(label=gettext_lazy("Account holder"), max_length=HOLDER_LENGTH_MAX)
    bank_name = forms.CharField(label=gettext_lazy("Bank"), max_length=HOLDER_LENGTH_MAX)
    bank_code = forms.CharField(
        label=gettext_lazy("Bank code"),
        max_length=BANK_CODE_LENGTH,
        help_text=gettext_lazy("CNAPS code of twelve digits."),
    )
    account_number = forms.CharField(
        label=gettext_lazy("Account number"), max_length=ACCOUNT_LENGTH_MAX
    )


class GatewayAccountForm(OnceForm):
    """A provider's account at the payment gateway."""

    holder = forms.CharField(label=gettext_lazy("Account holder"), max_length=HOLDER_LENGTH_MAX)
    account_number = forms.CharField(
        label=gettext_lazy("Account at the gateway"),
        max_length=ACCOUNT_LENGTH_MAX,
        help_text=gettext_lazy("It begins with acct_; the gateway shows it."),
    )


@page(Role.PROVIDER)
def income(request: PortalRequest) -> HttpResponseBase:
    """Show what a provider is owed, what it owes, and what it was paid."""
    provider_id = request.actor.organization_id
    codes = accounts.provider_payable(provider_id), accounts.provider_receivable(provider_id)
    balances = ledger_selectors.balances(codes)
    payable, owed = (balances[code].posted if code in balances else 0 for code in codes)
    now = clock.now()
    account = payouts_selectors.bank_account(provider_id=provider_id)
    paid = payouts_selectors.paid_ever(provider_id=provider_id)
    frozen: Any = list(payouts_selectors.freezes(provider_id=provider_id))
    context = {
        "payable_minor": payable,
        "owed_minor": owed,
        "under_way_minor": payouts_selectors.under_way_minor(provider_id=provider_id),
        "paid_minor": paid.amount_minor,
        "withheld_minor": paid.tax_minor,
        "frozen": frozen,
        "account": account and {"bank_name": account.bank_name, "usable_from": account.usable_from},
        "pays_by_gateway": channels.channel(PayChannel.STRIPE) is not None,
        "is_cooling": account is not None and account.usable_from > now,
    }
    table = OWN.read(request, Queried(payouts_selectors.lines(provider_id=provider_id)))
    return table.answer("portal/income.html", context)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def payout_account(request: PortalRequest) -> HttpResponse:
    """Let a provider say where it wants to be paid."""
    form = AccountForm(request.POST or None)
    return _account_page(request, form, _("Bank account"), PayoutChannel.BANK)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def gateway_account(request: PortalRequest) -> HttpResponse:
    """Let a provider name its account at the payment gateway."""
    form = GatewayAccountForm(request.POST or None)
    return _account_page(request, form, _("Account at the gateway"), PayoutChannel.STRIPE)


def _account_page(
    request: PortalRequest, form: OnceForm, title: str, channel: PayoutChannel
) -> HttpResponse:
    back, provider_id = reverse("portal:income"), request.actor.organization_id

    def change() -> object:
        return payouts_services.set_bank_account(
            provider_id=provider_id,
            account=NewAccount(**form.values(), channel=channel),
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change):
        found = payouts_selectors.bank_account(provider_id=provider_id, channel=channel)
        told = _("You are paid to this account from %(when)s on.")
        when = figures.moment(found.usable_from) if found else ""
        messages.success(request, told % {"when": when})
        return redirect(back)
    told = _("A new account is used once its cooling time is over; everybody here is told of it.")
    head = desk.Head(title, told, crumbs=[(_("Income"), back)])
    return desk.show(request, head, [desk.FormBlock(form, _("Use this account"), back)])
