"""Projects: what an organisation orders for, who orders, and what it came to."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.moments import market_date
from identity import selectors as identity_selectors
from identity.contracts import Role
from identity.projects import selectors as projects_selectors
from identity.projects import services as projects_services
from identity.projects.contracts import CODE_LENGTH_MAX, NAME_LENGTH_MAX, ProjectState
from marketplace.portal import desk, spending
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.budgets import PROJECTS, ProjectLine
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.selectors.spending import SpentOnProject

READERS: Final = (Role.BUYER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
DAYS: Final = 30


class ProjectForm(OnceForm):
    """A project to open."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=CODE_LENGTH_MAX,
        help_text=gettext_lazy("Capital letters, digits and hyphens; it stays."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    member_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Members"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nobody ticked: everybody who buys for you orders for it."),
    )

    def __init__(self, *args: Any, buyers: dict[int, str], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["member_ids"]
        field.choices = sorted(buyers.items(), key=lambda each: each[1])


class ProjectChangeForm(ProjectForm):
    """What may change of a project."""

    code = None  # type: ignore[assignment]
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=ProjectState.choices)


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def projects(request: PortalRequest) -> HttpResponseBase:
    """Show what an organisation orders for, and open a project."""
    actor = request.actor
    side: list[desk.FormBlock] = []
    if actor.has_role(Role.BUYER):
        buyers = projects_selectors.buyers_of(actor.organization_id)
        form = ProjectForm(request.POST if "key" in request.POST else None, buyers=buyers)
        if form.is_bound and form.is_valid() and desk.is_done(form, partial(_open, request, form)):
            messages.success(request, _("The project is open: orders may name it."))
            return redirect("portal:projects")
        side = [desk.FormBlock(form, _("Open the project"), title=_("New project"), symbol="plus")]
    head = desk.Head(
        _("Projects"),
        _("What you order for: each order may name one, and bills and budgets follow it."),
    )
    found = projects_selectors.projects_for(actor)
    table = PROJECTS.read(request, Queried(found), dress=_lines)
    empty = desk.Empty(
        _("No projects yet"), _("Open one, and orders may be placed for it."), "table"
    )
    return desk.show(request, head, [desk.Listed(table, empty)], side)


def _open(request: PortalRequest, form: ProjectForm) -> None:
    projects_services.open_project(
        organization_id=request.actor.organization_id,
        by_id=request.actor.person_id,
        now=clock.now(),
        **form.values(),
    )


def _lines(found: Sequence[Any]) -> list[ProjectLine]:
    spent = settlement_selectors.spent_on_projects([each.pk for each in found])
    return [ProjectLine(each, spent.get(each.pk, SpentOnProject(each.pk))) for each in found]


@page(*READERS)
def project(request: PortalRequest, project_id: UUID) -> HttpResponse:
    """Show what a project came to, by day, and who orders for it."""
    actor = request.actor
    own = None if actor.spans_tenants else actor.organization_id
    found = projects_selectors.project(project_id, organization_id=own)
    today = market_date(clock.now())
    spent = settlement_selectors.spent_on_projects([found.pk])
    days = settlement_selectors.spent_by_day(
        found.organization_id,
        since=today - timedelta(days=DAYS - 1),
        until=today + timedelta(days=1),
        project_id=found.pk,
    )
    members = identity_selectors.addresses(
        projects_selectors.member_ids(found.pk), organization_id=found.organization_id
    )
    context = {
        "project": found,
        "spent": spent.get(found.pk, SpentOnProject(found.pk)),
        "chart": spending.by_day(days),
        "members": sorted(members.values()),
        "may_change": actor.has_role(Role.BUYER) and found.organization_id == actor.organization_id,
    }
    return render(request, "portal/project.html", context)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def change_project(request: PortalRequest, project_id: UUID) -> HttpResponse:
    """Give a project another name, state or members."""
    actor = request.actor
    found = projects_selectors.project(project_id, organization_id=actor.organization_id)
    now_is = {
        "name": found.name,
        "state": found.state,
        "member_ids": projects_selectors.member_ids(found.pk),
    }
    form = ProjectChangeForm(
        request.POST or None,
        buyers=projects_selectors.buyers_of(actor.organization_id),
        initial=now_is,
    )
    back = reverse("portal:project", args=[found.pk])

    def change() -> object:
        return projects_services.change_project(
            project_id=found.pk,
            organization_id=actor.organization_id,
            now=clock.now(),
            **form.values(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change):
        messages.success(request, _("The project is changed."))
        return redirect(back)
    head = desk.Head(
        _("Change the project"), found.code, crumbs=[(_("Projects"), reverse("portal:projects"))]
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Change it"), back)])
