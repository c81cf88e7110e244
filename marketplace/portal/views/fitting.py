"""Whom programmes support: an organisation by its evidence, anybody as they say."""

from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from identity import evidence
from identity.contracts import CertificateKind, EnterpriseClass, EnterpriseSize, Role
from identity.identifiers import regions
from marketplace.portal import fit_words, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import RegionField
from marketplace.vouchers import fitting, industries
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import CheckOutcome

UNSAID: Final = [("", gettext_lazy("Not said"))]


class EligibilityForm(forms.Form):
    """What somebody says of an enterprise; nothing of it is kept."""

    region = RegionField(label=gettext_lazy("Region"), required=False)
    industry = forms.RegexField(
        r"^[A-T][0-9]{0,4}$",
        label=gettext_lazy("Industry"),
        required=False,
        max_length=5,
        help_text=gettext_lazy("GB/T 4754: section and division, for example I64."),
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Enterprise size"),
        required=False,
        choices=[*UNSAID, *EnterpriseSize.choices],
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("Enterprise class"),
        required=False,
        choices=[*UNSAID, *EnterpriseClass.choices],
    )
    certificates = forms.MultipleChoiceField(
        label=gettext_lazy("Enterprise certificates"),
        required=False,
        choices=CertificateKind.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_region(self) -> str:
        """Return a code that is known."""
        code = str(self.cleaned_data["region"])
        if code and code not in regions.regions():
            raise ValidationError(_("No region has this code."), code="invalid_region")
        return code


@page(Role.BUYER)
def my_programmes(request: PortalRequest) -> HttpResponse:
    """Show every programme with what it says about the reader's organisation, by evidence."""
    now, own = clock.now(), request.actor.organization_id
    found = vouchers_selectors.own_fits(own, at=now)
    known = evidence.facts_of(own, now)
    chosen = industries.scenes().get(request.GET.get("industry", ""))
    if chosen is not None:
        found = [each for each in found if chosen.is_named_by(each.programme.rules)]
    met = sum(each.fit.outcome == CheckOutcome.MET for each in found)
    unknown = sum(each.fit.outcome == CheckOutcome.UNKNOWN for each in found)
    context = {
        "cards": fit_words.cards(found),
        "met": met,
        "unknown": unknown,
        "industries": industries.scenes().values(),
        "chosen": chosen,
        "region": names.place(known.region.value) if known.region.value else "",
        "known": known,
    }
    return render(request, "portal/my_programmes.html", context)


def eligible(request: HttpRequest) -> HttpResponse:
    """Answer whether an enterprise as described may get support; without an account."""
    form = EligibilityForm(request.GET or None)
    is_asked = form.is_bound and form.is_valid()
    who = fitting.said_of(**form.cleaned_data) if is_asked else None
    found = vouchers_selectors.fits(who, at=clock.now()) if who else []
    context = {"form": form, "is_asked": is_asked, "cards": fit_words.cards(found)}
    status = 422 if form.is_bound and not is_asked else 200
    return render(request, "public/eligible.html", context, status=status)
