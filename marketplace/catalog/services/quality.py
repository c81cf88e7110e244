"""What the room of scores tells of listings, and what its rule stops and brings back."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.catalog import locks
from marketplace.catalog.contracts import STOPPED_BY_LEVEL, ListingState, QualityNote
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Listing, ListingQuality
from marketplace.catalog.telling import record_events


@transaction.atomic
def note_quality(*, notes: Sequence[QualityNote]) -> None:
    """Keep the newest scores of listings: the market is searched and sorted by them."""
    with tenancy.acting_as_platform():
        ListingQuality.objects.bulk_create(
            [
                ListingQuality(
                    listing_id=each.listing_id,
                    credibility=each.credibility,
                    stability=each.stability,
                    availability_ppm=each.availability_ppm,
                    day=each.day,
                )
                for each in notes
            ],
            update_conflicts=True,
            unique_fields=["listing"],
            update_fields=["credibility", "stability", "availability_ppm", "day"],
            batch_size=500,
        )


@transaction.atomic
def stop_by_rule(*, listing_id: UUID) -> bool:
    """Take an open listing off the market; what was sold stays sold. Tell whether it was."""
    with tenancy.acting_as_platform():
        listing = locks.listings([listing_id]).get(listing_id)
        if listing is None or listing.state != ListingState.OPEN:
            return False
        listing.state, listing.stopped_code = ListingState.PAUSED, STOPPED_BY_LEVEL
        listing.save(update_fields=["state", "stopped_code"])
        record_events(CatalogEvent.LISTING_PAUSED, [listing], because=STOPPED_BY_LEVEL)
    return True


@transaction.atomic
def reopen_by_rule(*, listing_id: UUID) -> bool:
    """Put back what the rule took off the market; the database still keeps it off if it must."""
    with tenancy.acting_as_platform():
        listing = locks.listings([listing_id]).get(listing_id)
        if (
            listing is None
            or listing.state != ListingState.PAUSED
            or listing.stopped_code != STOPPED_BY_LEVEL
            or listing.needs_review
        ):
            return False
        Listing.objects.filter(pk=listing.pk).update(state=ListingState.OPEN, stopped_code="")
        record_events(CatalogEvent.LISTING_RESUMED, [listing], because="")
    return True
