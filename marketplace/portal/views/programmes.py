"""An issuer's programmes: budgets, and the applications that wait for a decision."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.portal import figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.confirming import ConfirmedForm
from marketplace.portal.forms import MoneyField, show_refusal
from marketplace.portal.lists.money import DECIDED, PROGRAMMES, WAITING
from marketplace.portal.once import once
from marketplace.portal.tables import Given, Queried, answer_lists
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.life import OF_APPLICANT, OF_ISSUER


class FundingForm(ConfirmedForm):
    """Money that an authority puts into a programme."""

    amount_minor = MoneyField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan."))
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=80,
        help_text=gettext_lazy("The number of the grant notice; a reference counts once."),
    )


@page(Role.ISSUER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
def programmes(request: PortalRequest) -> HttpResponseBase:
    """Show the programmes with their budgets, and to an issuer the applications to decide."""
    now = clock.now()
    is_issuer = request.actor.has_role(Role.ISSUER)
    found = vouchers_selectors.with_captured(
        vouchers_selectors.summaries(vouchers_selectors.programmes(), at=now)
    )
    applications = vouchers_selectors.applications(issuer_id=request.actor.organization_id)
    if not is_issuer:
        applications = applications.none()
    waiting = applications.filter(state__in=OF_ISSUER)
    decided = applications.exclude(state__in=(*OF_ISSUER, *OF_APPLICANT))
    context = {
        "programmes": found,
        "is_issuer": is_issuer,
        "to_approve": approvals.visible_waiting(request.actor, at=now).count() if is_issuer else 0,
        "funded": sum(each.funded_minor for each in found),
        "pool": sum(each.pool_minor for each in found),
        "issued": sum(each.issued_minor for each in found),
    }
    listed = PROGRAMMES.read(request, Given(found))
    return answer_lists(
        request,
        "portal/programmes.html",
        DECIDED.read(request, Queried(decided)),
        WAITING.read(request, Queried(waiting)),
        listed,
        context=context | {"programmes_list": listed},
    )


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def fund(request: PortalRequest, programme_id: UUID) -> HttpResponse:
    """Put money into a programme's pool."""
    issuer_id = request.actor.organization_id
    programme = vouchers_selectors.programme(programme_id=programme_id, issuer_id=issuer_id)
    form = FundingForm(request.POST or None)
    if request.method == "POST" and form.is_confirmed:
        try:
            made = vouchers_services.fund_programme(
                programme_id=programme.pk,
                by=Person(request.actor.person_id, issuer_id),
                now=clock.now(),
                **form.values(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            if isinstance(made, Proposed):
                messages.info(request, _("The budget waits until somebody else approves it."))
            else:
                messages.success(request, _("The budget is in the pool."))
            return redirect("portal:programmes")
    context: dict[str, Any] = {"programme": programme, "form": form}
    own = vouchers_selectors.programmes().filter(pk=programme.pk)
    context["summary"] = next(
        iter(vouchers_selectors.with_captured(vouchers_selectors.summaries(own, at=clock.now()))),
        None,
    )
    if form.shows_sheet:
        context |= {"sheet": _funding_sheet(programme, form)}
    return render(
        request, "portal/programme_fund.html", context, status=422 if form.errors else 200
    )


def _funding_sheet(programme: Any, form: FundingForm) -> dict[str, Any]:
    """Return what is asked before money goes into a pool."""
    amount = figures.money(form.cleaned_data["amount_minor"])
    name = names.named(programme)
    return {
        "title": _("Check before it is funded"),
        "facts": [
            (_("Programme"), f"{name} · {programme.code}"),
            (_("Amount"), amount),
            (_("Reference"), form.cleaned_data["reference"]),
        ],
        "effects": [
            _("The pool grows by this amount, and vouchers may be issued from it at once."),
            _("What is in a pool is not taken back; what nobody uses stays in it."),
            _("A large amount waits until somebody else approves it."),
        ],
        "act": _("Put %(amount)s into the pool") % {"amount": amount},
    }
