"""Batch jobs: the list of them, and the form that orders one."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.rows import ListingRow
from marketplace.drivers import job_rules as drivers_job_rules
from marketplace.drivers import scene_selectors as drivers_scenes
from marketplace.drivers import selectors as drivers_selectors
from marketplace.drivers import services as drivers_services
from marketplace.drivers.job_contracts import JobWish
from marketplace.drivers.scene_rules import ASKABLE, does_fit
from marketplace.portal import desk, quoting
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import show_refusal
from marketplace.portal.job_form import JobForm
from marketplace.portal.lists.jobs import JOBS, seen_jobs
from marketplace.portal.order_form import prefilled
from marketplace.portal.tables import Queried

READERS: Final = (Role.BUYER, Role.PROVIDER, Role.OPERATOR, Role.AUDITOR)


@page(*READERS)
def jobs(request: PortalRequest) -> HttpResponseBase:
    """Show the jobs that an organisation ordered or runs, and how they ended."""
    may_order = request.actor.has_role(Role.BUYER)
    to_market = desk.Link(_("To the market"), reverse("portal:market"), "building-store", "primary")
    head = desk.Head(
        _("Jobs"),
        _("Orders that run a command and end with it. The exit code is the result."),
        crumbs=[(_("Orders"), reverse("portal:orders"))],
        links=[to_market] if may_order else [],
    )
    table = JOBS.read(request, Queried(drivers_selectors.jobs_for(request.actor)), dress=seen_jobs)
    empty = desk.Empty(
        _("No jobs"),
        _("On the page of a listing, “Run a job” orders one."),
        "list-details",
        to_market if may_order else None,
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def place_job(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Order a listing for a job: every change asks for a quote, the order names the one seen."""
    listing = catalog_selectors.listing(listing_id)
    kind = drivers_selectors.kind_for_listing(listing_id)
    job, asks = _beginning(request, listing, kind.name)
    form = JobForm(
        request.POST or None,
        listing=listing,
        now=clock.now(),
        again=quoting.order_again(request),
        projects=quoting.projects_of(request),
        kind=kind,
        job=job,
        asks=asks,
    )
    form.initial.update(prefilled(request.GET))
    context = quoting.order_context(request, listing, form) | {"kind": kind}
    if request.method == "POST" and form.is_valid():
        try:
            if form.is_confirmed:
                return _placed(request, listing, form)
            context |= quoting.quote_of(request, listing, form)
        except Refusal as refusal:
            show_refusal(form, form.at_its_field(refusal))
            context |= quoting.quote_anew(request, listing, form)
    template = "portal/parts/quote.html" if request.htmx else "portal/job_place.html"
    status = 422 if form.errors and not request.htmx else 200
    return render(request, template, context, status=status)


def _beginning(
    request: PortalRequest, listing: ListingRow, kind: str
) -> tuple[JobWish | None, Collection[str]]:
    """Return the job that the form begins with, if the address names one, and what it asks for."""
    own, job = request.actor.organization_id, None
    asks: Collection[str] = ASKABLE
    try:
        if code := request.GET.get("scene"):
            content = drivers_scenes.scene(code).content
            if does_fit(
                content,
                resource_class=listing.resource_class,
                form=listing.form,
                driver_kind=kind,
            ):
                job, asks = content["defaults"]["job"], content["asks"]
        elif template := request.GET.get("template"):
            row = drivers_scenes.template(UUID(template), organization_id=own)
            job = row.content["job"]
        elif order_id := request.GET.get("again"):
            found = drivers_selectors.job_of_party(UUID(order_id), organization_id=own)
            job = drivers_selectors.kept_of(found)
    except (ValueError, Refusal):
        return None, ASKABLE
    return (drivers_job_rules.job_from(job), asks) if job else (None, ASKABLE)


def _placed(request: PortalRequest, listing: ListingRow, form: JobForm) -> HttpResponse:
    actor = request.actor
    made = drivers_services.place_or_propose_job(
        buyer_id=actor.organization_id,
        wish=quoting.wish_of_form(listing, form),
        job=form.job,
        by=Person(actor.person_id, actor.organization_id),
        placed_at=clock.now(),
    )
    if isinstance(made, Proposed):
        messages.info(request, _("The job waits until another buyer of yours approves it."))
        return redirect("portal:approval", made.id)
    return redirect("portal:order", made.order_id)
