"""Quotes for listings: what an order would be measured as, priced and frozen."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common.period import Period
from marketplace.catalog import rules, selectors
from marketplace.catalog.models import Listing
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services
from pricing.rows import QuoteRow


@transaction.atomic
def quote_listing(
    *,
    buyer_id: UUID,
    listing_id: UUID,
    milli: int,
    period: Period,
    now: datetime,
    valid_for: timedelta = pricing_services.QUOTE_VALID_FOR,
) -> QuoteRow:
    """
    Freeze the price of using capacity of a listing for a whole period.

    A quote sets no capacity aside; clearing does.

    :raises ListingNotFound: if there is no such listing
    :raises OwnListing: if the buyer offers it itself
    :raises ListingClosed, OutsideAvailability: if it is not offered then
    :raises CapacityRefused: if it never offers that much
    :raises TooLittle: if it offers no order that small
    """
    listing = selectors.listing(listing_id)
    terms, least = listing.terms(), listing.least
    rules.require_offered(terms, least, buyer_id=buyer_id, milli=milli, period=period)
    quote = pricing_services.make_quote(
        buyer_id=buyer_id,
        plan_version_id=_version_in_force(listing, now),
        measure=rules.measure_for(terms, milli=milli, period=period),
        subject={
            "listing": listing.number,
            "listing_id": listing.pk,
            "units_milli": milli,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "standard_factor": terms.standard_factor,
        },
        now=now,
        valid_for=valid_for,
    )
    if too_little := least.refusal_of_price(quote.gross_minor, is_free=rules.is_free(quote.lines)):
        raise too_little
    return quote


def _version_in_force(listing: Listing, now: datetime) -> UUID:
    """Return the version that the plan says now, also before the sweep has moved the listing."""
    version = listing.plan_version
    if version.ends_at is None or now < version.ends_at:
        return version.pk
    successor = pricing_selectors.version_in_effect(plan_id=version.plan_id, at=now)
    return version.pk if successor is None else successor.pk
