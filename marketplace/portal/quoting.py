"""What forms that order share: a live quote, an order to begin with, what it may be for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS

from common import clock
from common.errors import Refusal
from identity.projects import selectors as projects_selectors
from identity.projects.rows import ProjectRow
from marketplace.catalog import services as catalog_services
from marketplace.catalog.rows import ListingRow
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderNotFound, OrderWish
from marketplace.portal import (
    announced_words,
    delivery_words,
    ending_words,
    level_words,
    order_beside,
    order_parts,
    preemption_words,
    prepaid_words,
    reference_words,
    repeating,
    token_words,
)
from marketplace.portal.access import PortalRequest
from marketplace.portal.order_form import OrderForm


def projects_of(request: PortalRequest) -> Sequence[ProjectRow]:
    """Return what the person may order for."""
    actor = request.actor
    return projects_selectors.projects_open_to(
        organization_id=actor.organization_id, person_id=actor.person_id
    )


def order_again(request: PortalRequest) -> Any:
    """Return the buyer's own earlier order that the form begins with, if the address names one."""
    try:
        order_id = UUID(request.GET.get("again", ""))
        buyer_id = request.actor.organization_id
        return orders_selectors.order(order_id=order_id, organization_id=buyer_id)
    except (ValueError, OrderNotFound):
        return None


def quote_of(request: PortalRequest, listing: ListingRow, form: OrderForm) -> dict[str, Any]:
    """Freeze a price for what the form asks, and foresee who would pay what."""
    now = clock.now()
    quote = catalog_services.quote_listing(
        buyer_id=request.actor.organization_id,
        listing_id=listing.pk,
        milli=form.units_milli,
        period=form.period,
        mix=form.token_mix,
        now=now,
    )
    preview = orders_selectors.preview(
        buyer_id=request.actor.organization_id,
        listing=listing,
        lines=quote.lines,
        at=now,
        period=form.period,
        use_vouchers=form.cleaned_data["use_vouchers"],
    )
    beside = order_beside.quotes_of(form, buyer_id=request.actor.organization_id, now=now)
    return order_beside.with_total(
        beside
        | {
            "quote": quote,
            "preview": preview,
            "cheaper": order_parts.cheaper(listing),
            "to_repeat": repeating.asked(
                request.actor.organization_id,
                unit=listing.capacity_unit,
                units_milli=form.units_milli,
                period=form.period,
                gross_minor=quote.gross_minor,
            ),
        }
    )


def quote_anew(request: PortalRequest, listing: ListingRow, form: OrderForm) -> dict[str, Any]:
    """Offer a fresh quote beside the refusal of an old one, if there can be one."""
    if not form.is_confirmed or form.errors.keys() - {NON_FIELD_ERRORS, "repeat"}:
        return {}
    try:
        return quote_of(request, listing, form)
    except Refusal:
        return {}


def order_context(request: PortalRequest, listing: ListingRow, form: OrderForm) -> dict[str, Any]:
    """Return what stands beside a form that orders a listing."""
    now = clock.now()
    return {
        "listing": listing,
        "form": form,
        "halt": orders_selectors.halt_in_force(book_id=listing.book_id, at=now),
        "charging_told": delivery_words.charging_told(now),
        "ending_told": ending_words.of_terms(
            listing.plan_version.terms, window_seconds=listing.rule_version.window_seconds
        ),
        "preemptible_told": preemption_words.preemptible_told(listing.preemption_minutes),
        "level_told": level_words.listing_lines(listing.pk, now=now),
        "is_again": bool(request.POST.get("quote_id")),
        "least": prepaid_words.least_order(
            listing.least, listing.plan_version.terms, capacity_unit=listing.capacity_unit
        ),
        "tokens": token_words.token_terms(listing),
        "reference": reference_words.beside(listing.price_per_standard_hour, at=now),
        "announced": announced_words.announced_prices(listing.plan_version.plan_id, now),
    }


def wish_of_form(listing: ListingRow, form: OrderForm) -> OrderWish:
    """Return what a form that was checked orders of a listing."""
    return OrderWish(
        key=str(form.cleaned_data["key"]),
        units_milli=form.units_milli,
        period=form.period,
        listing_id=listing.pk,
        quote_id=form.cleaned_data["quote_id"],
        use_vouchers=form.cleaned_data["use_vouchers"],
        project_id=form.ordered_for,
        token_mix=tuple(form.token_mix.items()),
        repeated=repeating.read(form.cleaned_data["repeat"], listing.capacity_unit),
    )
