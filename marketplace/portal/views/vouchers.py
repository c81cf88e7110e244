"""A buyer's vouchers: the wallet, and applying to a programme."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import NotFound, Refusal
from identity import evidence
from identity.contracts import Role
from identity.evidence import OrganizationFacts
from marketplace.claims import selectors as claims_selectors
from marketplace.claims.selectors.forecasts import wallet_forecast
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.asked_forms import AskedForm
from marketplace.portal.forms import MoneyField, show_refusal
from marketplace.portal.lists.money import OWN_APPLICATIONS, VOUCHERS
from marketplace.portal.once import once
from marketplace.portal.tables import Given, Queried, answer_lists
from marketplace.portal.views.asking import QUESTIONS, kept_for_later
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.selectors import ProgrammeSummary


class ApplicationForm(AskedForm):
    """How much an applicant asks for, and what the programme's form asks."""

    amount_minor = MoneyField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan."))


@page(Role.BUYER)
def wallet(request: PortalRequest) -> HttpResponseBase:
    """Show a buyer's vouchers, applications, and the programmes that take applications."""
    now = clock.now()
    buyer_id = request.actor.organization_id
    own = vouchers_selectors.applications(applicant_id=buyer_id)
    wallet = vouchers_selectors.wallet(holder_id=buyer_id, at=now)
    context = {
        "forecast": wallet_forecast(wallet, buyer_id=buyer_id, now=now),
        "wallet": wallet,
        "redeemed": claims_selectors.redeemed(buyer_id=buyer_id),
        "programmes": [each for each in _programmes() if each.takes_applications],
        "now": now,
    }
    return answer_lists(
        request,
        "portal/vouchers.html",
        OWN_APPLICATIONS.read(request, Queried(own)),
        VOUCHERS.read(request, Given(wallet.vouchers)),
        context=context,
    )


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def apply(request: PortalRequest, code: str) -> HttpResponse:
    """Apply to a programme for a voucher."""
    programme = next((each for each in _programmes() if each.code == code), None)
    if programme is None:
        raise NotFound
    asked = vouchers_selectors.form_of(programme.id)
    form = ApplicationForm(asked, request, about=programme.code)
    if request.htmx:
        return render(request, QUESTIONS, {"form": form})
    if request.method == "POST":
        later = kept_for_later(request, form, about=programme.code)
        if later is not None:
            return later
    if request.method == "POST" and form.is_valid():
        try:
            application = vouchers_services.apply(
                programme_id=programme.id,
                applicant_id=request.actor.organization_id,
                applied_by_id=request.actor.person_id,
                now=clock.now(),
                amount_minor=form.cleaned_data["amount_minor"],
                purpose="",
                answered=vouchers_services.AnsweredForm(asked.version, form.answers, form.consents),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request,
                _("Application %(number)s is with the issuer.") % {"number": application.number},
            )
            return redirect("portal:application", application.pk)
    return render(
        request,
        "portal/voucher_apply.html",
        {"programme": programme, "form": form, "known": _known(request)},
        status=422 if form.errors else 200,
    )


def _programmes() -> list[ProgrammeSummary]:
    return vouchers_selectors.summaries(vouchers_selectors.programmes(), at=clock.now())


def _known(request: PortalRequest) -> OrganizationFacts:
    """Return what is known of the applicant: it is not asked again."""
    return evidence.facts_of(request.actor.organization_id, clock.now())
