"""Money that reached the bank: the finance desk credits it to buyers."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.approvals import selectors as proposals
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from identity.rows import OrganizationRow
from marketplace.payments import selectors as payments_selectors
from marketplace.payments import services as payments_services
from marketplace.payments.contracts import DEPOSIT_KIND
from marketplace.payments.rows import DepositRow
from marketplace.portal import figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.confirming import ConfirmedForm
from marketplace.portal.forms import MoneyField, OrganizationField, show_refusal
from marketplace.portal.lists.money import DEPOSITS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried


class DepositForm(ConfirmedForm):
    """A line of the bank statement."""

    uscc = OrganizationField(label=gettext_lazy("Buyer's unified social credit code"))
    amount_minor = MoneyField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan."))
    reference = forms.CharField(
        label=gettext_lazy("Bank reference"),
        max_length=80,
        help_text=gettext_lazy("A reference counts once, however often it is entered."),
    )


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def deposits(request: PortalRequest) -> HttpResponseBase:
    """Show the deposits, and record one."""
    form = DepositForm(request.POST or None)
    if request.method == "POST" and form.is_confirmed:
        values: dict[str, Any] = form.values()
        buyer: OrganizationRow = values.pop("uscc")
        now = clock.now()
        try:
            deposit = payments_services.record_deposit(
                organization_id=buyer.pk,
                by=Person(request.actor.person_id, request.actor.organization_id),
                now=now,
                **values,
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            _tell(request, names.named(buyer), deposit, now=now)
            return redirect("portal:deposits")
    found = payments_selectors.deposits().select_related("organization")
    table = DEPOSITS.read(request, Queried(found))
    waiting = proposals.waiting(kind=DEPOSIT_KIND).count()
    context: dict[str, Any] = {"form": form, "waiting": waiting}
    if form.shows_sheet:
        context |= {"sheet": _sheet(form)}
    return table.answer("portal/deposits.html", context, status=422 if form.errors else 200)


def _sheet(form: DepositForm) -> dict[str, Any]:
    """Return what is asked before a deposit is booked: the payee by name first of all."""
    typed = form.cleaned_data
    buyer, amount = typed["uscc"], figures.money(typed["amount_minor"])
    return {
        "title": _("Check before it is booked"),
        "facts": [
            (_("Buyer"), names.named(buyer)),
            (_("Unified social credit code"), buyer.uscc),
            (_("Amount"), amount),
            (_("Bank reference"), typed["reference"]),
        ],
        "effects": [
            _("The buyer may spend it at once; a booked deposit is not taken back."),
            _("A large amount waits until somebody else approves it."),
        ],
        "act": _("Book %(amount)s for %(name)s") % {"amount": amount, "name": names.named(buyer)},
    }


def _tell(request: PortalRequest, name: str, made: DepositRow | Proposed, *, now: datetime) -> None:
    """Say what became of a deposit: booked, booked before, or waiting for a second person."""
    if isinstance(made, Proposed):
        told = _("The deposit of %(name)s waits until somebody else approves it.")
        messages.info(request, told % {"name": name})
    elif made.recorded_at < now:
        told = _("This deposit of %(name)s was booked already on %(when)s; nothing is added.")
        messages.info(request, told % {"name": name, "when": figures.moment(made.recorded_at)})
    else:
        messages.success(request, _("The deposit of %(name)s is booked.") % {"name": name})
