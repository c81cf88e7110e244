"""Orders: placing one with a live quote, watching it, and the list of them."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.errors import Refusal
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.rows import ListingRow
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import QuoteMismatch
from marketplace.portal import (
    order_page,
    papers,
    quoting,
)
from marketplace.portal.access import PortalRequest, address_if_open, form_only, page
from marketplace.portal.forms import show_refusal
from marketplace.portal.lists.charges import CHARGES
from marketplace.portal.lists.energy_cells import charge_lines
from marketplace.portal.lists.orders import ORDERS, order_lines
from marketplace.portal.order_form import OrderForm, prefilled
from marketplace.portal.order_page import whose_orders
from marketplace.portal.tables import Queried
from marketplace.portal.talk_links import messages_link
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement import services as settlement_services
from marketplace.settlement.selectors.receipts import written_receipt
from pricing.contracts import QuoteExpired

ORDER_READERS: Final = (Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE)


@page(*ORDER_READERS)
@require_http_methods(["GET", "POST"])
def orders(request: PortalRequest) -> HttpResponseBase:
    """Show what an organisation bought or sold, newest first."""
    found = orders_selectors.orders_of(organization_id=whose_orders(request.actor))
    table = ORDERS.read(request, Queried(found), dress=order_lines)
    context = {
        "oversees": whose_orders(request.actor) is None,
        "may_order": request.actor.has_role(Role.BUYER),
        "quotes_address": address_if_open(request.actor, "quotes"),
        "jobs_address": address_if_open(request.actor, "batch-jobs"),
        "messages_link": next(iter(messages_link(request)), None),
        "deliveries_address": address_if_open(request.actor, "deliveries"),
    }
    return table.answer("portal/orders.html", context)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def place(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """
    Place an order for a listing.

    Every change of the form asks for a quote; the order names the quote that the buyer saw, so the
    price cannot move between the two. Without scripts the first sending shows the quote.
    """
    listing = catalog_selectors.listing(listing_id)
    again = quoting.order_again(request)
    extends = "extend" in request.GET
    form = OrderForm(
        request.POST or None,
        listing=listing,
        now=clock.now(),
        again=again,
        extends=extends,
        projects=quoting.projects_of(request),
        beside=catalog_selectors.beside(listing.pk),
    )
    form.initial.update(prefilled(request.GET))
    # Whoever sends a quote back and gets another one has to look again.
    context = quoting.order_context(request, listing, form)
    if request.method == "POST" and form.is_valid():
        try:
            if form.is_confirmed:
                return _placed(request, listing, form)
            context |= quoting.quote_of(request, listing, form)
        except (QuoteMismatch, QuoteExpired):
            # What was typed since, or the time that passed: the page shows the price of now.
            context |= _quoted_again(request, listing, form)
        except Refusal as refusal:
            show_refusal(form, form.at_its_field(refusal))
            context |= quoting.quote_anew(request, listing, form)
    template = "portal/parts/quote.html" if request.htmx else "portal/order_place.html"
    # htmx shows answers that succeeded; the errors of a live quote are part of such an answer.
    status = 422 if form.errors and not request.htmx else 200
    return render(request, template, context, status=status)


def _quoted_again(request: PortalRequest, listing: ListingRow, form: OrderForm) -> dict[str, Any]:
    """Return another quote for what the form asks now; what cannot be had is said beside it."""
    try:
        return quoting.quote_of(request, listing, form) | {"is_again": True}
    except Refusal as refusal:
        show_refusal(form, form.at_its_field(refusal))
        return {}


def _placed(request: PortalRequest, listing: ListingRow, form: OrderForm) -> HttpResponse:
    actor, now = request.actor, clock.now()
    buyer_id = actor.organization_id
    wish = quoting.wish_of_form(listing, form)
    beside = list(form.ordered_beside(form.period).values())
    before = quoting.order_again(request) if "extend" in request.GET else None
    if before is not None and not beside and settlement_services.goes_on(before, wish):
        order = settlement_services.extend_order(
            order_id=before.pk, buyer_id=buyer_id, wish=wish, now=now
        )
        return redirect("portal:order", order.pk)
    made = orders_services.place_or_propose(
        buyer_id=buyer_id,
        wish=wish,
        by=Person(actor.person_id, actor.organization_id),
        placed_at=now,
        beside=beside,
    )
    if isinstance(made, Proposed):
        messages.info(request, _("The order waits until another buyer of yours approves it."))
        return redirect("portal:approval", made.id)
    return redirect("portal:order", made.pk)


@page(*ORDER_READERS)
def order(request: PortalRequest, order_id: UUID) -> HttpResponseBase:
    """Show one order: a summary, and its charges, entries, evidence and events behind tabs."""
    context = order_page.context(request.actor, order_id, request.GET, now=clock.now())
    if context["part"] != "charges":
        return render(request, "portal/order.html", context)
    table = CHARGES.read(request, Queried(context.pop("charges")), dress=charge_lines)
    return table.answer("portal/order.html", context)


@page(*ORDER_READERS)
def order_live(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Answer what changes while an order moves."""
    context = order_page.context(request.actor, order_id, QueryDict(), now=clock.now())
    return render(request, "portal/parts/order_live.html", context)


@page(*ORDER_READERS)
@require_safe
def paper(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Answer an order as a PDF to keep."""
    now = clock.now()
    found = orders_selectors.order_page(
        order_id=order_id, at=now, organization_id=whose_orders(request.actor), with_entries=False
    )
    charged = settlement_selectors.charged_of_order(order_id)
    phase, why = order_page.course_of(found.order, is_charged=bool(charged.gross_minor), at=now)
    made = papers.order_paper(
        found.order,
        phase=phase,
        charged=charged,
        days=settlement_selectors.charged_days(order_id),
        at=now,
        not_delivered=why,
        receipt=written_receipt(order_id) if why else None,
    )
    name = f'attachment; filename="{found.order.number}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@page(Role.BUYER)
@form_only
def cancel(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Cancel an order that has not started; what was held returns."""
    orders_services.cancel_order(
        order_id=order_id, buyer_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("The order is cancelled; everything held has returned."))
    return redirect("portal:order", order_id)
