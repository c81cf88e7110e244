"""How much of a listing is on sale: said anew under the same number, never below what is sold."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from common import tenancy
from identity import selectors as identity_selectors
from marketplace.catalog import locks
from marketplace.catalog.contracts import (
    CapacitySold,
    ListingNotFound,
    ListingState,
    ListingStateRefused,
    OfferRefused,
)
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.least import Least, units
from marketplace.catalog.models import CapacitySlot, Listing
from marketplace.catalog.services.bounding import require_least
from marketplace.catalog.telling import record_events


@transaction.atomic
def change_total(
    *, listing_id: UUID, provider_id: UUID, total_milli: int, now: datetime
) -> Listing:
    """
    Put more or less of a resource on sale; what was sold stays sold.

    :raises ListingNotFound: if it does not exist or is someone else's
    :raises ListingStateRefused: if it is closed
    :raises OfferRefused: if it is more than the resource has, or nothing
    :raises CapacitySold: if more than that is sold at some time to come
    """
    listing = locks.listings([listing_id]).get(listing_id)
    if listing is None or listing.provider_id != provider_id:
        raise ListingNotFound
    if listing.state == ListingState.CLOSED:
        raise ListingStateRefused(state=listing.get_state_display())
    resource = identity_selectors.resource(listing.resource_id)
    if not 0 < total_milli <= resource.total_milli:
        raise OfferRefused(field="total_milli", problem="more than the resource has, or nothing")
    require_least(Least.of(listing), total_milli=total_milli)
    if total_milli == listing.total_milli:
        return listing
    with tenancy.acting_as_platform():
        _resize(listing, total_milli, now=now)
    listing.total_milli = total_milli
    listing.save(update_fields=["total_milli"])
    record_events(CatalogEvent.LISTING_RESIZED, [listing], total_milli=total_milli)
    return listing


def _resize(listing: Listing, total_milli: int, *, now: datetime) -> None:
    """Let what is sold from now on be sold of the new total."""
    slots = CapacitySlot.objects.filter(listing=listing, ends_at__gt=now)
    sold = slots.annotate(sold=F("total_milli") - F("free_milli"))
    beyond = sold.filter(sold__gt=total_milli).aggregate(most=Max("sold"), until=Max("ends_at"))
    if beyond["most"] is not None:
        raise CapacitySold(
            field="total_milli", sold=units(beyond["most"]), until=beyond["until"].isoformat()
        )
    slots.update(
        free_milli=total_milli - F("total_milli") + F("free_milli"), total_milli=total_milli
    )
