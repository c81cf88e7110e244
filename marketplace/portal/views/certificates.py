"""Certificates: that an organisation is a small one, and what a resource can deliver."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import NotFound, Refusal
from common.period import Period
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import CertificateKind, Role
from identity.services import CertificateFigures
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import (
    DayFormField,
    ExactField,
    MoneyField,
    OnceForm,
    OrganizationField,
    WholeField,
)
from marketplace.portal.lists.metering import CAPACITY_CERTIFICATES, CapacityCertificateLine
from marketplace.portal.lists.register import SME_CERTIFICATES, CertificateLine
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.contracts import (
    MODEL_ALIASES_MAX,
    MODEL_NAME_MAX,
    Assessment,
    CapacityLine,
    ComputePath,
    Density,
    Precision,
)

DAY: Final = timedelta(days=1)
ATTESTORS: Final = (Role.ISSUER, Role.OPERATOR)
VERIFIERS: Final = (Role.AUDITOR, Role.OPERATOR)
# The inputs that the rooms' refusals are about.
SME_FIELDS: Final = {"organization_id": "holder", "valid_from": "first_day", "valid_to": "last_day"}
CAPACITY_FIELDS: Final = {
    "resource_id": "identifier",
    "verifier": "identifier",
    "valid_to": "last_day",
}


def _day(label: Any, **options: Any) -> DayFormField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return DayFormField(label=label, widget=widget, **options)


def _number(label: Any, **options: Any) -> WholeField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return WholeField(label=label, widget=widget, **options)


class CertificatePeriodForm(OnceForm):
    """A form about something that holds for some days."""

    first_day = _day(gettext_lazy("First day"))
    last_day = _day(gettext_lazy("Last day"))

    def clean(self) -> dict[str, Any]:
        """Check that the days are in order."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("It ends before it begins."))
        return cleaned


class SmeForm(CertificatePeriodForm):
    """A certificate to issue, with the figures that were looked at; its kind says which."""

    holder = OrganizationField(
        label=gettext_lazy("Who is certified"),
        help_text=gettext_lazy("Unified social credit code."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Attests"), choices=CertificateKind.choices)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        help_text=gettext_lazy("As the certificate bears it; a number counts once."),
    )
    staff_count = _number(gettext_lazy("Staff"), min_value=0, max_value=10_000_000, required=False)
    revenue_minor = MoneyField(
        label=gettext_lazy("Revenue of the last year"), takes_zero=True, required=False
    )
    assets_minor = MoneyField(label=gettext_lazy("Total assets"), takes_zero=True, required=False)
    score = _number(gettext_lazy("Points"), min_value=0, max_value=100, required=False)
    staff_score = _number(
        gettext_lazy("Points for staff"), min_value=0, max_value=100, required=False
    )
    established_on = _day(gettext_lazy("Established on"), required=False)
    is_listed = forms.BooleanField(
        label=gettext_lazy("On a list of abnormal or dishonest enterprises"), required=False
    )
    suffixes: Final = {"revenue_minor": "¥", "assets_minor": "¥"}


FIGURES: Final = (
    "staff_count",
    "revenue_minor",
    "assets_minor",
    "score",
    "staff_score",
    "established_on",
)
SME_SECTIONS: Final = (
    desk.Section(gettext_lazy("Certificate"), ("holder", "kind", "number")),
    desk.Section(gettext_lazy("Days"), ("first_day", "last_day")),
    desk.Section(
        gettext_lazy("Figures"),
        (*FIGURES, "is_listed"),
        gettext_lazy(
            "A technology SME has at most 500 staff, revenue and assets of at most ¥200 million"
            " each, and 60 points, some of them for staff. A small or medium enterprise is not"
            " large by its industry's table of sizes. A start-up is younger than five years."
            " Nobody who is listed is certified."
        ),
    ),
)


@page()
def sme_certificates(request: PortalRequest) -> HttpResponse:
    """Show certificates of enterprises: one's own, or all to those with a duty."""
    actor, today = request.actor, _today()
    found = identity_selectors.certificates_for(actor).select_related("organization", "issued_by")
    may_issue = actor.has_role(*ATTESTORS)
    issue = desk.Link(
        _("Issue a certificate"), reverse("portal:sme-certificate-new"), "plus", "primary"
    )
    asked = desk.Link(_("Certificates asked for"), reverse("portal:certificate-requests"), "inbox")
    head = desk.Head(
        _("Enterprise certificates"),
        _("Programmes pay by what an enterprise is: small, young, technological. Here is proof."),
        links=[issue, asked] if may_issue else [asked],
    )

    def lines(page: Sequence[Any]) -> list[CertificateLine]:
        own = actor.organization_id
        return [
            CertificateLine(each, today, each.issued_by_id == own and not each.revoked_at)
            for each in page
        ]

    empty = desk.Empty(
        _("No certificates yet"),
        _("An issuer or the operator of the market issues them."),
        "shield-check",
        issue if may_issue else None,
    )
    table = SME_CERTIFICATES.read(request, Queried(found), dress=lines)
    return desk.show(request, head, [desk.Listed(table, empty)])


def _today() -> date:
    return figures.local(clock.now()).date()


@page(*ATTESTORS)
@require_http_methods(["GET", "POST"])
@once
def new_sme_certificate(request: PortalRequest) -> HttpResponse:
    """Attest what another organisation is."""
    form = SmeForm(request.POST or None, initial={"first_day": _today()})
    back = reverse("portal:sme-certificates")

    def issue() -> object:
        typed = form.cleaned_data
        return identity_services.issue_sme_certificate(
            organization_id=typed["holder"].pk,
            issued_by=request.actor.organization_id,
            issued_by_person=request.actor.person_id,
            kind=CertificateKind(typed["kind"]),
            number=typed["number"],
            valid_from=typed["first_day"],
            valid_to=typed["last_day"] + DAY,
            figures=CertificateFigures(**{name: typed[name] for name in (*FIGURES, "is_listed")}),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, issue, SME_FIELDS):
        said = {"number": form.cleaned_data["number"]}
        messages.success(request, _("Certificate %(number)s is issued.") % said)
        return redirect(back)
    head = desk.Head(
        _("Issue a certificate"),
        _("Nobody attests their own organisation. It can be revoked, and not be changed."),
        crumbs=[(_("Enterprise certificates"), back)],
    )
    block = desk.FormBlock(form, _("Issue it"), back, SME_SECTIONS, symbol="shield-check")
    return desk.show(request, head, [block])


@page(*ATTESTORS)
@require_http_methods(["GET", "POST"])
@once
def revoke_sme_certificate(request: PortalRequest, certificate_id: UUID) -> HttpResponse:
    """Ask before a certificate is revoked for good."""
    found = identity_selectors.certificate_for(request.actor, certificate_id)
    if found.issued_by_id != request.actor.organization_id:
        raise NotFound
    form = OnceForm(request.POST or None)
    back = reverse("portal:sme-certificates")

    def revoke() -> object:
        return identity_services.revoke_sme_certificate(
            certificate_id=found.pk,
            issued_by=request.actor.organization_id,
            revoked_by_person=request.actor.person_id,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, revoke):
        messages.success(
            request, _("Certificate %(number)s is revoked.") % {"number": found.number}
        )
        return redirect(back)
    told = _(
        "From now on its holder is no certified enterprise any more: programmes that need a"
        " certificate pay nothing for orders that clear later. It cannot be given back; issue"
        " another one for that."
    )
    head = desk.Head(
        _("Revoke the certificate"),
        f"{found.number} · {names.named(found.organization)}",
        crumbs=[(_("Enterprise certificates"), back)],
    )
    block = desk.FormBlock(form, _("Yes, revoke it"), back, told=told, tone="danger", symbol="x")
    return desk.show(request, head, [block])


# What classes other than training compare: measured tokens a second, and cores.
OTHER_UNITS: Final = (("tokens/s", "tokens/s"), ("cores", "cores"))


class CapacityForm(CertificatePeriodForm):
    """A capacity figure of one unit of a resource, to attest."""

    identifier = forms.CharField(
        label=gettext_lazy("Compute identifier"),
        max_length=96,
        help_text=gettext_lazy("Of a resource of another organisation."),
    )
    precision = forms.ChoiceField(
        label=gettext_lazy("Number format"), choices=Precision.choices, initial=Precision.FP16
    )
    density = forms.ChoiceField(label=gettext_lazy("Density"), choices=Density.choices)
    path = forms.ChoiceField(
        label=gettext_lazy("Units of the chip"),
        choices=ComputePath.choices,
        initial=ComputePath.TENSOR,
    )
    value = ExactField(
        label=gettext_lazy("Capacity of one unit"),
        min_value=Decimal("0.000001"),
        max_digits=18,
        decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"), choices=[("TFLOPS", "TFLOPS"), ("TOPS", "TOPS"), *OTHER_UNITS]
    )
    assessment = forms.ChoiceField(
        label=gettext_lazy("How it is known"), choices=Assessment.choices
    )
    model = forms.CharField(
        label=gettext_lazy("Model"),
        max_length=MODEL_NAME_MAX,
        required=False,
        help_text=gettext_lazy("Of tokens/s: the model that answers them, as its makers call it."),
    )
    aliases = forms.CharField(
        label=gettext_lazy("Other names of the model"),
        max_length=MODEL_NAME_MAX * MODEL_ALIASES_MAX,
        required=False,
        help_text=gettext_lazy("With commas between them. The calculator finds it by each."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=500,
        help_text=gettext_lazy("The report or data sheet that says it, with its date."),
    )
    wide: Final = ("identifier", "source")

    def clean_identifier(self) -> Any:
        """Return the resource that the identifier names."""
        try:
            code = self.cleaned_data["identifier"].strip().upper()
            return identity_selectors.resolve_identifier(code)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


CAPACITY_SECTIONS: Final = (
    desk.Section(gettext_lazy("Resource"), ("identifier",)),
    desk.Section(
        gettext_lazy("Capacity of one unit"),
        ("value", "unit", "precision", "density", "path", "assessment", "model", "aliases"),
        gettext_lazy(
            "A dense FP16 figure of the tensor units in TFLOPS makes standard hours, where the"
            " measurement rule takes certificates."
        ),
    ),
    desk.Section(gettext_lazy("Days and source"), ("first_day", "last_day", "source")),
)


@page()
def capacity_certificates(request: PortalRequest) -> HttpResponse:
    """Show what is certified of resources. Certificates are public."""
    may_issue, now = request.actor.has_role(*VERIFIERS), clock.now()
    issue = desk.Link(
        _("Certify a capacity"), reverse("portal:capacity-certificate-new"), "plus", "primary"
    )
    head = desk.Head(
        _("Capacity certificates"),
        _("What one unit of a resource delivers, and who attests it. Nobody edits them."),
        links=[issue] if may_issue else [],
    )

    def lines(page: Sequence[Any]) -> list[CapacityCertificateLine]:
        return [CapacityCertificateLine(each, now) for each in page]

    empty = desk.Empty(
        _("No certificates yet"),
        _("An auditor or the operator of the market issues them."),
        "shield-check",
        issue if may_issue else None,
    )
    found = Queried(metering_selectors.capacity_certificates())
    table = CAPACITY_CERTIFICATES.read(request, found, dress=lines)
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(*VERIFIERS)
@require_http_methods(["GET", "POST"])
@once
def new_capacity_certificate(request: PortalRequest) -> HttpResponse:
    """Certify the capacity of another organisation's resource, after a last look."""
    form = CapacityForm(request.POST or None, initial={"first_day": _today()})
    back = reverse("portal:capacity-certificates")

    def certify() -> Any:
        typed = form.cleaned_data
        return metering_services.certify_capacity(
            resource_id=typed["identifier"].pk,
            verifier_id=request.actor.organization_id,
            verifier_person_id=request.actor.person_id,
            line=CapacityLine(
                Precision(typed["precision"]),
                Density(typed["density"]),
                ComputePath(typed["path"]),
                typed["value"],
                typed["unit"],
            ),
            assessment=Assessment(typed["assessment"]),
            source=typed["source"],
            model=typed["model"],
            aliases=typed["aliases"].replace("，", ",").split(","),
            period=Period(
                moments.day_period(typed["first_day"]).starts_at,
                moments.day_period(typed["last_day"]).ends_at,
            ),
            now=clock.now(),
        )

    outcome = desk.attempt(request, form, certify, CAPACITY_FIELDS)
    if outcome and outcome.counts:
        messages.success(request, _("The capacity is certified."))
        return redirect(back)
    head = desk.Head(
        _("Certify a capacity"),
        _("Nobody certifies their own, and a certificate cannot be taken back."),
        crumbs=[(_("Capacity certificates"), back)],
    )
    block = desk.FormBlock(
        form,
        _("Certify it") if outcome else _("Show what it says"),
        back,
        CAPACITY_SECTIONS,
        symbol="shield-check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    side = [_last_look(form.cleaned_data)] if outcome else []
    return desk.show(request, head, [block], side)


def _last_look(typed: dict[str, Any]) -> desk.Facts:
    resource = typed["identifier"]
    specification = " · ".join(names.specification(resource.specification))
    return desk.Facts(
        _("What is certified, for good"),
        [
            (_("Resource"), desk.Cell(names.named(resource))),
            (_("Provider"), desk.Cell(names.named(resource.provider))),
            (
                _("Specification"),
                desk.Cell(specification),
            ),
            (
                _("Capacity of one unit"),
                desk.Cell(f"{figures.grouped(typed['value'])} {typed['unit']}"),
            ),
            (_("Days"), desk.Cell(f"{typed['first_day']} – {typed['last_day']}")),
        ],
    )
