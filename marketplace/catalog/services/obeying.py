"""
A listing obeys its resource: the database stops and reopens it, and this room tells of it.

See the triggers `catalog_listings_obey` and `catalog_listing_may_open`: whoever changes a resource,
its listing is off the market in the same transaction.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from common import tenancy
from marketplace.catalog import locks
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Listing
from marketplace.catalog.telling import record_events

TOLD: Final = {
    ListingState.OPEN: CatalogEvent.LISTING_RESUMED,
    ListingState.PAUSED: CatalogEvent.LISTING_PAUSED,
    ListingState.CLOSED: CatalogEvent.LISTING_CLOSED,
}


def follow_resource(resource_id: UUID) -> Callable[[], None]:
    """Lock the listings of a resource that is about to change; return what tells of them then."""
    found = Listing.objects.filter(resource_id=resource_id).values_list("pk", flat=True)
    with tenancy.acting_as_platform():
        before = {key: row.state for key, row in locks.listings(list(found)).items()}

    def tell() -> None:
        for listing in Listing.objects.filter(pk__in=before):
            if listing.state != before[listing.pk]:
                name = TOLD[ListingState(listing.state)]
                record_events(name, [listing], because=listing.stopped_code)

    return tell
