"""Orders: placing one with a live quote, watching it, and the list of them."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.contracts import Actor, Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.rows import ListingRow
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderState, OrderWish, StepState
from marketplace.orders.selectors.pages import OrderPage
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import show_refusal
from marketplace.portal.order_form import OrderForm
from marketplace.portal.pager import paged
from marketplace.settlement import selectors as settlement_selectors

ORDER_READERS: Final = (Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR)
ROWS: Final = 20
CHARGES_SHOWN: Final = 100
GROUPS: Final = (
    ("", gettext_lazy("All"), ()),
    ("open", gettext_lazy("Under way"), (OrderState.PLACED, OrderState.CLEARED)),
    ("settled", gettext_lazy("Settled"), (OrderState.SETTLED,)),
    ("failed", gettext_lazy("Not carried out"), (OrderState.REJECTED, OrderState.CANCELLED)),
)
# How soon a page asks again: clearing takes seconds, a contract may run for a month.
POLL_CLEARING: Final = 1
POLL_RUNNING: Final = 3
POLL_WAITING: Final = 30
AROUND: Final = timedelta(minutes=2)


def reach(actor: Actor) -> UUID | None:
    """Return whose orders an actor sees: its organisation's, or everybody's."""
    oversees = actor.has_role(Role.AUDITOR, Role.OPERATOR)
    return None if oversees else actor.organization_id


@page(*ORDER_READERS)
def orders(request: PortalRequest) -> HttpResponse:
    """Show what an organisation bought or sold, newest first."""
    wanted = request.GET.get("state", "")
    states = next((states for name, _label, states in GROUPS if name == wanted), ())
    found = orders_selectors.orders_of(organization_id=reach(request.actor))
    if states:
        found = found.filter(state__in=states)
    rows, pages = paged(found, request, size=ROWS)
    context = {
        "rows": orders_selectors.order_rows(rows),
        "groups": GROUPS,
        "wanted": wanted,
        "pages": pages,
        "oversees": reach(request.actor) is None,
        "may_order": request.actor.has_role(Role.BUYER),
    }
    return render(request, "portal/orders.html", context)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def place(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """
    Place an order for a listing.

    Every change of the form asks for a quote; the order names the quote that the buyer saw, so the
    price cannot move between the two. Without scripts the first sending shows the quote.
    """
    listing = catalog_selectors.listing(listing_id)
    form = OrderForm(request.POST or None, listing=listing, now=clock.now())
    # Whoever sends a quote back and gets another one has to look again.
    context: dict[str, Any] = {
        "listing": listing,
        "form": form,
        "is_again": bool(request.POST.get("quote_id")),
    }
    if request.method == "POST" and form.is_valid():
        try:
            if form.is_confirmed:
                return _placed(request, listing, form)
            context |= _quote(request, listing, form)
        except Refusal as refusal:
            show_refusal(form, form.at_its_field(refusal))
            context |= _quote_again(request, listing, form)
    template = "portal/parts/quote.html" if request.htmx else "portal/order_place.html"
    # htmx shows answers that succeeded; the errors of a live quote are part of such an answer.
    status = 422 if form.errors and not request.htmx else 200
    return render(request, template, context, status=status)


def _placed(request: PortalRequest, listing: ListingRow, form: OrderForm) -> HttpResponse:
    order = orders_services.place_order(
        buyer_id=request.actor.organization_id,
        wish=OrderWish(
            key=str(form.cleaned_data["key"]),
            units_milli=form.units_milli,
            period=form.period,
            listing_id=listing.pk,
            quote_id=form.cleaned_data["quote_id"],
            use_vouchers=form.cleaned_data["use_vouchers"],
        ),
        placed_at=clock.now(),
    )
    return redirect("portal:order", order.pk)


def _quote(request: PortalRequest, listing: ListingRow, form: OrderForm) -> dict[str, Any]:
    """Freeze a price for what the form asks, and foresee who would pay what."""
    now = clock.now()
    quote = catalog_services.quote_listing(
        buyer_id=request.actor.organization_id,
        listing_id=listing.pk,
        milli=form.units_milli,
        period=form.period,
        now=now,
    )
    preview = orders_selectors.preview(
        buyer_id=request.actor.organization_id,
        listing=listing,
        lines=quote.lines,
        at=now,
        use_vouchers=form.cleaned_data["use_vouchers"],
    )
    return {"quote": quote, "preview": preview}


def _quote_again(request: PortalRequest, listing: ListingRow, form: OrderForm) -> dict[str, Any]:
    """Offer a fresh quote beside the refusal of an old one, if there can be one."""
    if not form.is_confirmed or form.errors.keys() - {NON_FIELD_ERRORS}:
        return {}
    try:
        return _quote(request, listing, form)
    except Refusal:
        return {}


@page(*ORDER_READERS)
def order(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Show one order: its path, its clearing, its price and its ledger entries."""
    return render(request, "portal/order.html", _order_context(request, order_id))


@page(*ORDER_READERS)
def order_live(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Answer what changes while an order moves."""
    return render(request, "portal/parts/order_live.html", _order_context(request, order_id))


def _order_context(request: PortalRequest, order_id: UUID) -> dict[str, Any]:
    now = clock.now()
    owner_id = reach(request.actor)
    charges = list(settlement_selectors.charges_of_order(order_id)[:CHARGES_SHOWN])
    groups = [charge.ledger_group for charge in charges if charge.ledger_group]
    found = orders_selectors.order_page(
        order_id=order_id, at=now, organization_id=owner_id, groups=groups
    )
    return {
        "page": found,
        "order": found.order,
        "listing": found.order.listing or found.order.wanted_listing,
        "charges": charges,
        "charged": settlement_selectors.charged_of_order(order_id),
        "is_buyer": found.order.buyer_id == request.actor.organization_id,
        "poll_seconds": _poll_seconds(found, now),
        "done": {step.kind.value for step in found.steps if step.state == StepState.DONE},
    }


def _poll_seconds(found: OrderPage, now: datetime) -> int:
    """Return how soon the page should ask again; 0 when nothing moves any more."""
    if not found.is_moving:
        return 0
    if found.order.needs_review:
        return POLL_WAITING
    if found.order.state == OrderState.PLACED:
        return POLL_CLEARING
    is_near = found.order.starts_at - AROUND <= now <= found.order.ends_at + AROUND
    return POLL_RUNNING if is_near else POLL_WAITING


@page(Role.BUYER)
@form_only
def cancel(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Cancel an order that has not started; what was held returns."""
    orders_services.cancel_order(
        order_id=order_id, buyer_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("The order is cancelled; everything held has returned."))
    return redirect("portal:order", order_id)
