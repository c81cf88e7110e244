"""The least that may be ordered: a provider says it of a listing, the operator of a book."""

from dataclasses import asdict
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity.events import services as events
from marketplace.catalog import locks
from marketplace.catalog.contracts import BookNotFound, ListingNotFound, OfferRefused
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.least import LEAST_MILLI_MAX, LEAST_MINOR_MAX, LEAST_SECONDS_MAX, Least
from marketplace.catalog.models import Book, Listing
from marketplace.catalog.telling import record_events


def require_least(least: Least, *, total_milli: int = LEAST_MILLI_MAX) -> None:
    """
    Check that what may be ordered at least can be ordered at all.

    :raises OfferRefused: naming what is nothing, or too much
    """
    limits = {
        "least_milli": min(total_milli, LEAST_MILLI_MAX),
        "step_milli": min(total_milli, LEAST_MILLI_MAX),
        "least_seconds": LEAST_SECONDS_MAX,
        "step_seconds": LEAST_SECONDS_MAX,
        "least_minor": LEAST_MINOR_MAX,
    }
    for name, value in asdict(least).items():
        if not 1 <= value <= limits[name]:
            raise OfferRefused(field=name, problem=f"{name} is 1 to {limits[name]}")
    if least.first_milli() > limits["step_milli"]:
        raise OfferRefused(field="step_milli", problem="no whole step from the least is on offer")


@transaction.atomic
def change_least(*, listing_id: UUID, provider_id: UUID, least: Least) -> Listing:
    """
    Say anew what may be ordered of a provider's listing at least; waiting orders are asked, too.

    :raises ListingNotFound: if it does not exist or is someone else's
    :raises OfferRefused: if it could then not be ordered at all
    """
    listing = locks.listings([listing_id]).get(listing_id)
    if listing is None or listing.provider_id != provider_id:
        raise ListingNotFound
    require_least(least, total_milli=listing.total_milli)
    Listing.objects.filter(pk=listing_id).update(**asdict(least))
    record_events(CatalogEvent.LISTING_CHANGED, [listing], **asdict(least))
    return listing


@transaction.atomic
def change_least_of_book(*, resource_class: str, hub: str, least: Least) -> Book:
    """
    Say anew what may be ordered in a book at least, whatever its listings allow.

    :raises BookNotFound: if nothing of the class was ever listed in the place
    :raises OfferRefused: if a least or a step is none, or absurd
    """
    require_least(least)
    with tenancy.acting_as_platform():
        found = Book.objects.filter(resource_class=resource_class, hub=hub)
        book = found.select_for_update(no_key=True).first()
        if book is None:
            raise BookNotFound
        found.update(**asdict(least))
        book.refresh_from_db()
        event = events.Event(
            name=CatalogEvent.BOOK_CHANGED,
            object_kind="book",
            object_id=book.pk,
            object_label=f"{resource_class} {hub}",
            facts=asdict(least),
        )
        events.record([event])
    return book
