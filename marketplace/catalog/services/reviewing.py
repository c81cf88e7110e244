"""Listings that no round can read: off the market until somebody has looked at them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from common import reviews, tenancy
from identity import services as identity_services
from marketplace.catalog import locks
from marketplace.catalog.contracts import ListingNotFound, ListingState
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Listing
from marketplace.catalog.telling import record_events

logger = structlog.get_logger(__name__)


def set_listings_aside(
    *, listing_ids: Collection[UUID], code: str, detail: str, now: datetime
) -> None:
    """Take listings off the market until somebody has looked at them; what was sold stays sold."""
    with tenancy.acting_as_platform():
        for listing in locks.listings(listing_ids).values():
            if listing.needs_review or listing.state == ListingState.CLOSED:
                continue
            Listing.objects.filter(pk=listing.pk).update(
                state=ListingState.PAUSED,
                opens_after_review=listing.state == ListingState.OPEN,
                **reviews.set_aside(code, detail, at=now),
            )
            record_events(CatalogEvent.LISTING_SET_ASIDE, [listing], code=code)
            logger.error("catalog.listing.set_aside", listing=listing.number, code=code)


@transaction.atomic
def retry_listing(*, listing_id: UUID) -> Listing:
    """
    Let a listing that was set aside be what it was before: open, or paused by its provider.

    :raises ListingNotFound: if there is none that waits for a check
    """
    with tenancy.acting_as_platform():
        listing = _waiting(listing_id)
        opens = listing.opens_after_review and listing.state == ListingState.PAUSED
        waits = opens and bool(identity_services.suspended([listing.provider_id]))
        Listing.objects.filter(pk=listing_id).update(
            state=ListingState.OPEN if opens and not waits else listing.state,
            opens_after_review=False,
            opens_when_reinstated=waits or listing.opens_when_reinstated,
            **reviews.returned(),
        )
        listing.refresh_from_db()
        record_events(CatalogEvent.LISTING_RETRIED, [listing], state=listing.state)
    return listing


@transaction.atomic
def close_reviewed(*, listing_id: UUID, closing: reviews.Closing) -> Listing:
    """
    Take a listing that was set aside off the market for good; what was sold stays sold.

    :raises ListingNotFound: if there is none that waits for a check
    """
    with tenancy.acting_as_platform():
        listing = _waiting(listing_id)
        Listing.objects.filter(pk=listing_id).update(
            state=ListingState.CLOSED,
            closed_at=closing.now,
            opens_after_review=False,
            **reviews.returned(),
        )
        listing.refresh_from_db()
        record_events(CatalogEvent.LISTING_CLOSED, [listing], **closing.facts)
    return listing


def _waiting(listing_id: UUID) -> Listing:
    """Lock a listing that waits for a check."""
    listing = locks.listings([listing_id]).get(listing_id)
    if listing is None or not listing.needs_review:
        raise ListingNotFound
    return listing
