"""Who may assess, the challenges and their draws, and use beside power."""

from typing import Any, Final
from uuid import UUID

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
from marketplace.portal import ages, desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, OnceForm, OrganizationField
from marketplace.portal.lists.verifying import ASSESSORS, CHALLENGES, POWER_CHECKS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from metering.verifying import selectors as verifying_selectors
from metering.verifying import services as verifying_services
from metering.verifying.contracts import NAME_MAX, TEXT_MAX, WattVerdict

DRAWS_SHOWN: Final = 14
READERS: Final = (Role.OPERATOR, Role.AUDITOR)


class AssessorForm(OnceForm):
    """An organisation that may assess."""

    organization = OrganizationField(label=gettext_lazy("Organisation"))
    accreditation = forms.CharField(
        label=gettext_lazy("Accreditation"),
        max_length=NAME_MAX,
        help_text=gettext_lazy("Number and body, such as CNAS L0001."),
    )
    first_day = DayFormField(label=gettext_lazy("First day"))
    last_day = DayFormField(label=gettext_lazy("Last day"))


class CapabilityRevocationForm(OnceForm):
    """Why a certificate counts no more."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def assessors(request: PortalRequest) -> HttpResponseBase:
    """Show who may assess; an operator names others."""
    form = AssessorForm(request.POST or None)

    def name() -> object:
        return verifying_services.name_assessor(
            organization_id=form.cleaned_data["organization"].pk,
            accreditation=form.cleaned_data["accreditation"],
            first_day=form.cleaned_data["first_day"],
            last_day=form.cleaned_data["last_day"],
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    is_operator = request.actor.has_role(Role.OPERATOR)
    if request.method == "POST" and is_operator and form.is_valid() and desk.is_done(form, name):
        messages.success(request, _("It may assess from its first day on."))
        return redirect("portal:assessors")
    count = verifying_selectors.assessors(clock.now()).count()
    head = desk.Head(
        _("Assessors"),
        _("%(count)s may assess now; none whom it is related to.")
        % {"count": figures.grouped(count)},
        crumbs=[(_("Assessments"), reverse("portal:assessments"))],
    )
    empty = desk.Empty(
        _("No assessors yet"),
        _("An organisation with an accreditation is named here."),
        "building",
    )
    table = ASSESSORS.read(
        request, Queried(verifying_selectors.all_assessors()), dress=ages.seen_now
    )
    block = desk.FormBlock(form, _("Name an assessor"), title=_("Name an assessor"), symbol="plus")
    return desk.show(request, head, [desk.Listed(table, empty)], [block] if is_operator else [])


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def end_assessor(request: PortalRequest, assessor_id: UUID) -> HttpResponse:
    """Ask before an accreditation ends."""
    form = OnceForm(request.POST or None)

    def end() -> object:
        return verifying_services.end_assessor(assessor_id=assessor_id, now=clock.now())

    if request.method == "POST" and form.is_valid() and desk.is_done(form, end):
        messages.success(request, _("The accreditation has ended."))
        return redirect("portal:assessors")
    back = reverse("portal:assessors")
    head = desk.Head(
        _("End an accreditation"),
        _("It assesses nothing new; certificates that were issued stay."),
        crumbs=[(_("Assessors"), back)],
    )
    block = desk.FormBlock(form, _("End it"), back, symbol="x", tone="danger")
    return desk.show(request, head, [block])


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def revoke_capability(request: PortalRequest, capability_id: UUID) -> HttpResponse:
    """Ask before a certificate is revoked."""
    found = verifying_selectors.certificate(capability_id)
    form = CapabilityRevocationForm(request.POST or None)
    back = reverse("portal:capability", args=[found.pk])

    def revoke() -> object:
        return verifying_services.revoke_certificate(
            certificate_id=found.pk,
            person_id=request.actor.person_id,
            organization_id=request.actor.organization_id,
            note=form.cleaned_data["reason"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, revoke):
        messages.success(request, _("The certificate is revoked."))
        return redirect(back)
    head = desk.Head(
        _("Revoke a certificate"),
        _("The level falls at once, and listings that promise more stop selling."),
        crumbs=[(_("Certificates of capability"), reverse("portal:capabilities"))],
    )
    block = desk.FormBlock(form, _("Revoke it"), back, symbol="x", tone="danger")
    return desk.show(request, head, [block])


@page(Role.PROVIDER, *READERS)
def challenges(request: PortalRequest) -> HttpResponseBase:
    """Show challenges that were opened, and the draws that they come from."""
    found = verifying_selectors.challenges_for(request.actor)
    waiting = found.filter(state="OPEN").count()
    head = desk.Head(
        _("Challenges"),
        _("%(count)s wait for an agent. Nobody knows the next moment.")
        % {"count": figures.grouped(waiting)},
    )
    empty = desk.Empty(
        _("No challenge so far"), _("They come at random moments once it is L2."), "gauge"
    )
    table = CHALLENGES.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty), _draws()])


def _draws() -> desk.Sheet:
    rows: list[dict[str, Any]] = verifying_selectors.draws(clock.now(), limit=DRAWS_SHOWN)
    return desk.Sheet(
        title=_("Draws"),
        columns=[
            desk.Column(_("Day")),
            desk.Column(_("Hash of the seed")),
            desk.Column(_("Seed")),
        ],
        rows=[
            [
                desk.Cell(f"{each['day']}"),
                desk.Cell(f"{each['commitment'][:16]}…", is_code=True, copied=each["commitment"]),
                desk.Cell(f"{each['seed'][:16]}…", is_code=True, copied=each["seed"])
                if each["seed"]
                else desk.Cell(_("told when the day is over")),
            ]
            for each in rows
        ],
        empty=desk.Empty(_("No day was drawn yet"), ""),
    )


@page(*READERS)
def power_checks(request: PortalRequest) -> HttpResponseBase:
    """Show each day's use beside its power."""
    found = verifying_selectors.checks()
    wrong = found.filter(verdict=WattVerdict.FOUND).count()
    head = desk.Head(
        _("Use and power"),
        _("%(count)s days do not add up. Providers do not see this page.")
        % {"count": figures.grouped(wrong)},
        links=[desk.Link(_("Cases"), reverse("portal:cases"), "file-search")],
    )
    empty = desk.Empty(
        _("No day was compared yet"),
        _("A day is compared two days after its end."),
        "gauge",
    )
    table = POWER_CHECKS.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty)])
