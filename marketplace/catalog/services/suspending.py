"""The offers of a provider that is suspended, or closed: off the market, and back if it comes."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.catalog import locks
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Listing
from marketplace.catalog.services import listings
from marketplace.catalog.telling import record_events


@transaction.atomic
def take_off_market(*, provider_id: UUID) -> int:
    """Pause what a suspended provider offers; what was sold stays sold. Return how many."""
    with tenancy.acting_as_platform():
        paused = _locked(provider_id, state=ListingState.OPEN)
        Listing.objects.filter(pk__in=[each.pk for each in paused]).update(
            state=ListingState.PAUSED, opens_when_reinstated=True
        )
        record_events(CatalogEvent.LISTING_PAUSED, paused, is_suspended=True)
    return len(paused)


@transaction.atomic
def put_back_on_market(*, provider_id: UUID) -> int:
    """
    Open again what was paused for a suspension that is over; return how many.

    What was closed meanwhile stays so, and what waits for a check opens after it.
    """
    with tenancy.acting_as_platform():
        found = _locked(provider_id, opens_when_reinstated=True)
        waiting = [each for each in found if each.needs_review]
        opened = [
            each for each in found if each.state == ListingState.PAUSED and not each.needs_review
        ]
        Listing.objects.filter(pk__in=[each.pk for each in waiting]).update(opens_after_review=True)
        Listing.objects.filter(pk__in=[each.pk for each in opened]).update(state=ListingState.OPEN)
        Listing.objects.filter(pk__in=[each.pk for each in found]).update(
            opens_when_reinstated=False
        )
        record_events(CatalogEvent.LISTING_RESUMED, opened, is_suspended=False)
    return len(opened)


@transaction.atomic
def close_all_listings(*, provider_id: UUID, now: datetime) -> int:
    """Close what a provider offers, for good; what was sold stays sold. Return how many."""
    with tenancy.acting_as_platform():
        states = (ListingState.OPEN, ListingState.PAUSED)
        found = Listing.objects.filter(provider_id=provider_id, state__in=states)
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        for listing_id in ids:
            listings.close_listing(listing_id=listing_id, provider_id=provider_id, now=now)
    return len(ids)


def _locked(provider_id: UUID, **facts: object) -> list[Listing]:
    """Lock those listings of a provider of which something holds, as it does once locked."""
    ids = Listing.objects.filter(provider_id=provider_id, **facts).values_list("pk", flat=True)
    found = locks.listings(list(ids)).values()
    return [
        each for each in found if all(getattr(each, name) == value for name, value in facts.items())
    ]
