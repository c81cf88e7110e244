"""Demands: posting one with a live outlook, watching it, amending it; and saved searches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.contracts import Role
from identity.projects import selectors as projects_selectors
from identity.projects.rows import ProjectRow
from marketplace.demands import selectors as demands_selectors
from marketplace.demands import services as demands_services
from marketplace.demands import terms as demand_terms
from marketplace.demands.contracts import DemandIsOver, DemandNotFound, DemandState
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderNotFound
from marketplace.portal import after_failure, demand_page
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.demand_form import DemandForm
from marketplace.portal.forms import show_refusal
from marketplace.portal.lists.demands import DEMANDS, demand_lines
from marketplace.portal.tables import Queried

READERS: Final = (Role.BUYER, Role.AUDITOR, Role.OPERATOR)


@page(*READERS)
@require_http_methods(["GET", "POST"])
def demands(request: PortalRequest) -> HttpResponseBase:
    """Show what an organisation needs, newest first."""
    whose = _whose(request)
    table = DEMANDS.read(
        request, Queried(demands_selectors.demands_of(buyer_id=whose)), dress=demand_lines
    )
    waiting = 0 if whose is None else demands_selectors.waiting_count(buyer_id=whose)
    context = {"oversees": whose is None, "waiting": waiting}
    return table.answer("portal/demands.html", context)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def new_demand(request: PortalRequest) -> HttpResponse:
    """
    Post a demand.

    Every change of the form asks what the market says now; the same form posts it, or keeps it as a
    search that alerts. Without scripts the first sending shows the outlook.
    """
    now = clock.now()
    form = DemandForm(
        request.POST or None, now=now, like=_again(request), projects=_projects(request)
    )
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            if (done := _act(request, form)) is not None:
                return done
            context |= demand_page.outlook(request.actor.organization_id, form.terms(), at=now)
        except Refusal as refusal:
            show_refusal(form, form.at_its_field(refusal))
    return _form_page(request, "portal/demand_new.html", context)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def amend_demand(request: PortalRequest, demand_id: UUID) -> HttpResponse:
    """Let a waiting demand ask for something else, after what the market says to it was shown."""
    now, buyer_id = clock.now(), request.actor.organization_id
    found = demands_selectors.demand(demand_id=demand_id, buyer_id=buyer_id)
    if found.state != DemandState.WAITING:
        raise DemandIsOver(state=str(DemandState(found.state).label))
    before = demands_selectors.terms_of(found)
    form = DemandForm(
        request.POST or None,
        now=now,
        like=before,
        projects=_projects(request),
        initial={"revision": found.revision},
    )
    context: dict[str, Any] = {"form": form, "number": found.number, "demand_id": found.pk}
    if request.method == "POST" and form.is_valid():
        wanted = _amended(before, form)
        try:
            if request.POST.get("action") == "amend":
                demands_services.amend_demand(
                    demand_id=found.pk,
                    buyer_id=buyer_id,
                    revision=form.cleaned_data["revision"] or 0,
                    terms=wanted,
                    now=now,
                )
                messages.success(request, _("The demand is amended."))
                return redirect("portal:demand", found.pk)
            context |= demand_page.outlook(buyer_id, wanted, at=now)
            context["keeps_place"] = demand_page.keeps_place(before, wanted, at=now)
        except Refusal as refusal:
            show_refusal(form, form.at_its_field(refusal))
    return _form_page(request, "portal/demand_new.html", context)


@page(*READERS)
def demand(request: PortalRequest, demand_id: UUID) -> HttpResponse:
    """Show one demand: its place in the queue, what it asks for, and what came of it."""
    found = demands_selectors.demand(demand_id=demand_id, buyer_id=_whose(request))
    is_own = found.buyer_id == request.actor.organization_id
    context = demand_page.context(found, is_own=is_own)
    # While it waits the page asks every few seconds: what it explains then is told once.
    if request.htmx and found.state == DemandState.WAITING:
        context["why_is_kept"] = True
    else:
        context |= demand_page.explained(found, is_own=is_own, at=clock.now())
    template = "portal/parts/demand_live.html" if request.htmx else "portal/demand.html"
    return render(request, template, context)


@page(Role.BUYER)
@form_only
def cancel_demand(request: PortalRequest, demand_id: UUID) -> HttpResponse:
    """Cancel a demand that waits."""
    demands_services.cancel_demand(
        demand_id=demand_id, buyer_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("The demand is cancelled. It held nothing and costs nothing."))
    return redirect("portal:demand", demand_id)


@page(Role.BUYER)
def saved_searches(request: PortalRequest) -> HttpResponse:
    """Show what an organisation looks for."""
    found = demands_selectors.searches_of(request.actor.organization_id)
    rows = [demand_page.search(each) for each in found]
    return render(request, "portal/saved_searches.html", {"rows": rows})


@page(Role.BUYER)
@form_only
def drop_search(request: PortalRequest, saved_search_id: UUID) -> HttpResponse:
    """Forget a search."""
    demands_services.drop_search(
        search_id=saved_search_id, organization_id=request.actor.organization_id
    )
    messages.success(request, _("The search is dropped."))
    return redirect("portal:saved-searches")


def _act(request: PortalRequest, form: DemandForm) -> HttpResponse | None:
    """Do what the button says; nothing where somebody only looks."""
    act = request.POST.get("action")
    if act == "post":
        made = demands_services.post_demand(
            buyer_id=request.actor.organization_id,
            key=str(form.cleaned_data["key"]),
            terms=form.terms(),
            now=clock.now(),
            posted_by_id=request.actor.person_id,
        )
        return redirect("portal:demand", made.pk)
    if act == "alert":
        need = form.need()
        demands_services.save_search(
            organization_id=request.actor.organization_id,
            name=demand_page.search_name(need, at=clock.now()),
            need=need,
            now=clock.now(),
        )
        messages.success(request, _("The search is kept; you are told of new listings."))
        return redirect("portal:saved-searches")
    return None


def _amended(before: Any, form: DemandForm) -> Any:
    """Return the terms that were typed; what the form does not show stays as it was."""
    wanted = form.terms()
    return replace(wanted, voucher_ids=before.voucher_ids)


def _projects(request: PortalRequest) -> Sequence[ProjectRow]:
    actor = request.actor
    return projects_selectors.projects_open_to(
        organization_id=actor.organization_id, person_id=actor.person_id
    )


def _again(request: PortalRequest) -> Any:
    """
    Return the terms that the form begins with, if the address names any.

    They are those of the buyer's own earlier demand from now on, or with the change that would have
    filled it; or what would fill a refused order.
    """
    buyer_id, now = request.actor.organization_id, clock.now()
    try:
        if "instead" in request.GET:
            return _elsewhere(UUID(request.GET["instead"]), buyer_id, now=now)
        if "order" in request.GET:
            return _instead_of(UUID(request.GET["order"]), buyer_id, request.GET, now=now)
        found = demands_selectors.demand(
            demand_id=UUID(request.GET.get("again", "")), buyer_id=buyer_id
        )
    except (ValueError, DemandNotFound, OrderNotFound):
        return None
    if "change" in request.GET:
        why = demands_selectors.demand_why(found, at=now)
        changed = demands_selectors.changed_terms(why, request.GET["change"])
        if changed is not None:
            return changed
    wanted = demands_selectors.terms_of(found)
    first = min(option.starts_at for option in wanted.options)
    return demand_terms.moved(wanted, at=max(now, first))


def _elsewhere(order_id: UUID, buyer_id: UUID, *, now: datetime) -> Any:
    """Return the demand for what the buyer's own order was for, at any other provider."""
    found = orders_selectors.order(order_id=order_id, organization_id=buyer_id)
    return after_failure.terms_elsewhere(found, at=now) if found.buyer_id == buyer_id else None


def _instead_of(order_id: UUID, buyer_id: UUID, query: QueryDict, *, now: datetime) -> Any:
    """Return the demand that would be filled instead of the buyer's own refused order."""
    found = orders_selectors.order(order_id=order_id, organization_id=buyer_id)
    if found.buyer_id != buyer_id:
        return None
    why = demands_selectors.order_why(found, at=now)
    return demands_selectors.changed_terms(why, query.get("change", ""))


def _form_page(request: PortalRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    shown = "portal/parts/demand_outlook.html" if request.htmx else template
    # htmx shows answers that succeeded; errors of a live outlook are part of such an answer.
    status = 422 if context["form"].errors and not request.htmx else 200
    return render(request, shown, context, status=status)


def _whose(request: PortalRequest) -> UUID | None:
    actor = request.actor
    return None if actor.has_role(Role.AUDITOR, Role.OPERATOR) else actor.organization_id
