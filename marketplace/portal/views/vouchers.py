"""A buyer's vouchers: the wallet, and applying to a programme."""

from django import forms
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
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import MoneyField, OnceForm, show_refusal
from marketplace.portal.lists.money import OWN_APPLICATIONS, VOUCHERS
from marketplace.portal.once import once
from marketplace.portal.tables import Given, Queried, answer_lists
from marketplace.portal.views.applications import kept
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.selectors import ProgrammeSummary


class ApplicationForm(OnceForm):
    """What an applicant tells a programme."""

    amount_minor = MoneyField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan."))
    purpose = forms.CharField(
        label=gettext_lazy("What for"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(
        label=gettext_lazy("File"), required=False, help_text=gettext_lazy("PDF, picture or table.")
    )


@page(Role.BUYER)
def wallet(request: PortalRequest) -> HttpResponseBase:
    """Show a buyer's vouchers, applications, and the programmes that take applications."""
    now = clock.now()
    buyer_id = request.actor.organization_id
    own = vouchers_selectors.applications(applicant_id=buyer_id)
    wallet = vouchers_selectors.wallet(holder_id=buyer_id, at=now)
    context = {
        "wallet": wallet,
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
    form = ApplicationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            application = vouchers_services.apply(
                programme_id=programme.id,
                applicant_id=request.actor.organization_id,
                applied_by_id=request.actor.person_id,
                now=clock.now(),
                amount_minor=form.cleaned_data["amount_minor"],
                purpose=form.cleaned_data["purpose"],
                file_ids=kept(request, form),
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
