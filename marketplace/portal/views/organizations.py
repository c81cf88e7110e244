"""The register of organisations: the operator enters them, and each keeps its own entry."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.moments import market_date
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.approvals.contracts import Person
from identity.contracts import PLATFORM_ROLES, ROLES_ASKED_FOR, Role
from identity.onboarding import services as onboarding_services
from identity.uscc import kind_of_body
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, address_if_open, page
from marketplace.portal.forms import OnceForm, RegionField
from marketplace.portal.lists.register import ORGANIZATIONS, other_name
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.views import onboarding, suspensions
from marketplace.portal.views.members import KEEPERS, may_keep


class ChangeForm(OnceForm):
    """How an organisation is called, and where and in which industry it works."""

    name = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Shown to those who read English."),
    )
    region = RegionField(label=gettext_lazy("Region"), required=False)
    industry = forms.CharField(
        label=gettext_lazy("Industry"),
        max_length=5,
        required=False,
        help_text=gettext_lazy("GB/T 4754 section and division, for example I64."),
    )

    def facts(self) -> dict[str, Any]:
        """Return what was typed, codes in capitals."""
        values = self.values()
        return values | {"industry": values["industry"].upper()}


class NewForm(ChangeForm):
    """A legal entity to enter."""

    uscc = forms.CharField(
        label=gettext_lazy("Unified social credit code"),
        min_length=18,
        max_length=18,
        help_text=gettext_lazy("18 characters, as the business licence has it. It never changes."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Comes to trade as"),
        choices=[(each.value, each.label) for each in ROLES_ASKED_FOR],
        help_text=gettext_lazy("Its checklist follows from it; two operators activate it."),
    )
    field_order = ("uscc", "name", "name_en", "region", "industry", "role")

    def facts(self) -> dict[str, Any]:
        """Return what was typed, codes in capitals."""
        values = super().facts()
        return values | {"uscc": values["uscc"].upper()}


ENTRY: Final = (
    desk.Section(gettext_lazy("Legal entity"), ("uscc", "name", "name_en")),
    desk.Section(gettext_lazy("Where and what"), ("region", "industry", "role")),
)


@page(*sorted(PLATFORM_ROLES))
def organizations(request: PortalRequest) -> HttpResponse:
    """Show the register, the newest entry first."""
    may_enter = request.actor.has_role(Role.OPERATOR)
    enter = desk.Link(
        _("Enter an organisation"), reverse("portal:organization-new"), "plus", "primary"
    )
    head = desk.Head(
        _("Organisations"),
        _("Who may act on the market. An entry stays; what it says can be changed."),
        links=[*_watching(request), *([enter] if may_enter else [])],
    )
    table = ORGANIZATIONS.read(
        request, Queried(identity_selectors.organizations_for(request.actor))
    )
    empty = desk.Empty(
        _("No organisations yet"),
        _("Enter the first one; then give people roles in it."),
        "building",
        enter if may_enter else None,
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


def _watching(request: PortalRequest) -> list[desk.Link]:
    offered = (
        ("suspension-appeals", _("Appeals"), "scale"),
        ("privacy-desk", _("Data protection"), "shield-check"),
        ("recovery", _("A lost second factor"), "key"),
    )
    found = ((label, address_if_open(request.actor, name), icon) for name, label, icon in offered)
    return [desk.Link(label, address, icon) for label, address, icon in found if address]


@page()
def organization(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Show an organisation of the register to its members and to those with a duty."""
    found = identity_selectors.organization_for(request.actor, organization_id)
    keeps = may_keep(request.actor, found.pk) and found.closed_at is None
    change = desk.Link(
        _("Change"),
        reverse("portal:organization-change", args=[found.pk]),
        "adjustments-horizontal",
    )
    people = desk.Link(_("Members"), reverse("portal:members", args=[found.pk]), "user")
    places = reverse("portal:particulars", args=[found.pk])
    is_own = found.pk == request.actor.organization_id
    looked = [desk.Link(_("Who saw our data"), reverse("portal:seen"), "file-search")]
    head = desk.Head(
        names.named(found),
        other_name(found),
        crumbs=_crumbs(request),
        links=[
            people,
            desk.Link(_("Names and places"), places, "building"),
            *(looked if is_own else []),
            *([change] if keeps else []),
            *onboarding.links(request.actor, found),
            *suspensions.link(request.actor, found),
        ],
        tags=suspensions.tags(found),
    )
    entry = desk.Facts(
        _("Entry in the register"),
        [
            (
                _("Unified social credit code"),
                desk.Cell(found.uscc, is_code=True, copied=found.uscc),
            ),
            (_("Kind"), desk.Cell(kind_of_body(found.uscc).label, _("as its credit code says"))),
            (_("Name in Chinese"), desk.Cell(found.name)),
            (_("Name in English"), desk.Cell(found.name_en or "—")),
            (_("Region"), desk.Cell(names.place(found.region) if found.region else "—")),
            (_("Industry"), desk.Cell(found.industry or "—")),
            (_("Entered"), desk.Cell(figures.moment(found.created_at))),
        ],
    )
    told = [*onboarding.blocks(request.actor, found), *suspensions.blocks(request.actor, found)]
    return desk.show(request, head, [*told, entry])


@page()
def own_organization(request: PortalRequest) -> HttpResponse:
    """Lead to the entry of the organisation that the member acts for."""
    return redirect("portal:organization", request.actor.organization_id)


def _crumbs(request: PortalRequest) -> list[tuple[Any, str]]:
    if not request.actor.spans_tenants:
        return []
    return [(_("Organisations"), reverse("portal:organizations"))]


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_organization(request: PortalRequest) -> HttpResponse:
    """Enter a legal entity."""
    form = NewForm(request.POST or None)
    made: list[Any] = []

    def enter() -> None:
        facts = form.facts()
        made.append(
            onboarding_services.enter_organization(
                role=Role(facts.pop("role")),
                by=Person(request.actor.person_id, request.actor.organization_id),
                now=clock.now(),
                **facts,
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, enter):
        messages.success(request, _("%(name)s is entered.") % {"name": names.named(made[0])})
        return redirect("portal:organization", made[0].pk)
    back = reverse("portal:organizations")
    head = desk.Head(
        _("Enter an organisation"),
        _("It does its checklist first; it trades once two operators activate it."),
        crumbs=[(_("Organisations"), back)],
    )
    return desk.show(
        request, head, [desk.FormBlock(form, _("Enter it"), back, ENTRY, symbol="plus")]
    )


@page(*KEEPERS)
@require_http_methods(["GET", "POST"])
@once
def change_organization(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Change what the register says of an organisation."""
    identity_selectors.require_kept_by(request.actor, organization_id)
    found = identity_selectors.organization(organization_id)
    said = {name: getattr(found, name) for name in ("name", "name_en", "region", "industry")}
    form = ChangeForm(request.POST or None, initial=dict(said))
    back = reverse("portal:organization", args=[found.pk])

    def change() -> None:
        facts = form.facts()
        changes = {name: facts[name] for name in said if facts[name] != said[name]}
        if changes:
            identity_services.update_organization(
                organization_id=found.pk, on=market_date(clock.now()), changes=changes
            )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change):
        messages.success(request, _("The entry is changed."))
        return redirect(back)
    head = desk.Head(
        _("Change the entry"),
        _("Records and documents that were made before keep the name they bear."),
        crumbs=[*_crumbs(request), (names.named(found), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Save"), back, ENTRY)])
