"""The market's fee over time; two operators agree on the next one."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Forbidden, Refusal
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.portal import waiting_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, ExactField, OnceForm, show_refusal
from marketplace.portal.lists.fees import FEES, IN_FORCE, OVER, TO_COME, FeeLine
from marketplace.portal.once import once
from marketplace.portal.tables import Given
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
def fees(request: PortalRequest) -> HttpResponseBase:
    """Show every fee there was and will be, and let an operator propose the next one."""
    may_propose = request.actor.has_role(Role.OPERATOR)
    form = FeeForm(request.POST or None)
    if request.method == "POST" and not may_propose:
        raise Forbidden
    now = clock.now()
    if request.method == "POST" and form.is_valid() and (made := _propose(request, form)):
        told = _("The fee waits until another operator approves it.")
        messages.info(request, waiting_words.waiting_told(made, told, since=now))
        return redirect("portal:fees")
    found = settlement_selectors.fee_rules()
    in_force = found.at(now)
    context = {
        "form": form,
        "may_propose": may_propose,
        "waiting": approvals.waiting(kind=FEE_KIND).count(),
        "in_force": in_force.rate,
    }
    lines = [_line(each, in_force=each.pk == in_force.pk, now=now) for each in found.versions]
    table = FEES.read(request, Given(lines))
    return table.answer("portal/fees.html", context, status=422 if form.errors else 200)


def _line(rule: Any, *, in_force: bool, now: datetime) -> FeeLine:
    state = IN_FORCE if in_force else TO_COME if rule.starts_at > now else OVER
    return FeeLine(
        version=rule.version,
        rate=rule.rate,
        starts_at=rule.starts_at,
        published_at=rule.published_at,
        source=rule.source,
        state=state,
    )


def _propose(request: PortalRequest, form: FeeForm) -> Proposed | None:
    values = form.values()
    try:
        return settlement_services.propose_fee_rule(
            rate=values["rate"] / 100,
            starts_at=moments.start_of_day(values["starts_at"]),
            source=values["source"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return None
