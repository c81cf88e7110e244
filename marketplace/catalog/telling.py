"""How this room tells the record of events."""

from collections.abc import Iterable

from identity.events import services as events
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Listing, PriceCollar


def record_events(name: CatalogEvent, listings: Iterable[Listing], **facts: object) -> None:
    """Record that the same happened to listings."""
    events.record(
        events.Event(
            name=name,
            object_kind="listing",
            object_id=listing.pk,
            object_label=listing.number,
            concerns=[listing.provider_id],
            facts=facts,
        )
        for listing in listings
    )


def record_collars(name: CatalogEvent, collars: Iterable[PriceCollar]) -> None:
    """Record the prices that books will allow; it concerns everybody who trades."""
    events.record(
        events.Event(
            name=name,
            object_kind="book",
            object_id=str(collar.book),
            object_label=str(collar.book),
            facts={"low": collar.low, "high": collar.high, "valid_from": collar.valid_from},
        )
        for collar in collars
    )
