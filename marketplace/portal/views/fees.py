"""The market's fee over time; two operators agree on the next one."""

from decimal import Decimal
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Forbidden, Refusal
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, ExactField, OnceForm, show_refusal
from marketplace.portal.once import once
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement import services as settlement_services
from marketplace.settlement.contracts import FEE_KIND

SOURCE_LENGTH_MAX: Final = 500


class FeeForm(OnceForm):
    """The next fee."""

    rate = ExactField(
        label=gettext_lazy("Fee"),
        min_value=Decimal(0),
        max_value=Decimal("99.9999"),
        max_digits=6,
        decimal_places=4,
        help_text=gettext_lazy("In per cent of what is collected."),
    )
    starts_at = DayFormField(
        label=gettext_lazy("Holds from"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The first day; it has to be approved before."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=SOURCE_LENGTH_MAX,
        help_text=gettext_lazy("Where it was decided and announced."),
    )


@page(Role.OPERATOR, Role.AUDITOR, Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def fees(request: PortalRequest) -> HttpResponse:
    """Show every fee there was and will be, and let an operator propose the next one."""
    may_propose = request.actor.has_role(Role.OPERATOR)
    form = FeeForm(request.POST or None)
    if request.method == "POST" and not may_propose:
        raise Forbidden
    if request.method == "POST" and form.is_valid() and _propose(request, form):
        messages.info(request, _("The fee waits until another operator approves it."))
        return redirect("portal:fees")
    now = clock.now()
    found = settlement_selectors.fee_rules()
    in_force = found.at(now)
    context = {
        "form": form,
        "may_propose": may_propose,
        "waiting": approvals.waiting(kind=FEE_KIND).count(),
        "in_force": in_force.rate,
        "rows": [
            {
                "version": each.version,
                "rate": each.rate,
                "starts_at": each.starts_at,
                "source": each.source,
                "published_at": each.published_at,
                "is_in_force": each.pk == in_force.pk,
                "is_to_come": each.starts_at > now,
            }
            for each in found.versions
        ],
    }
    return render(request, "portal/fees.html", context, status=422 if form.errors else 200)


def _propose(request: PortalRequest, form: FeeForm) -> bool:
    values = form.values()
    try:
        settlement_services.propose_fee_rule(
            rate=values["rate"] / 100,
            starts_at=moments.start_of_day(values["starts_at"]),
            source=values["source"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    return True
