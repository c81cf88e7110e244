"""Capacity of a sealed round: set aside at the seal, given back when the round is decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ALLOCATION_BATCH_MAX
from marketplace.orders import services as orders_services
from marketplace.rounds import reserving, selectors
from marketplace.rounds.models import CallRound


def hold_listings(row: CallRound) -> None:
    """Take the listings of a round until the transaction ends: what is read of them then holds."""
    catalog_services.hold(selectors.listing_ids(row))


def set_aside(row: CallRound, sealed: Mapping[str, Any], *, now: datetime) -> None:
    """Let nobody else have what a sealed round may take of its listings."""
    requests = reserving.reserved(row.pk, sealed, delivers_from=row.delivers_from)
    for first in range(0, len(requests), ALLOCATION_BATCH_MAX):
        catalog_services.allocate(requests=requests[first : first + ALLOCATION_BATCH_MAX], at=now)


def give_back(row: CallRound, sealed: Mapping[str, Any], *, now: datetime) -> None:
    """
    Give back what was set aside, in the transaction that carries the round out or calls it off.

    Books come before listings, as in clearing, so nobody waits in a circle.
    """
    requests = reserving.reserved(row.pk, sealed, delivers_from=row.delivers_from)
    if not requests:
        return
    listings = catalog_selectors.traded(ids={each.listing_id for each in requests})
    orders_services.hold_books({each.book_id for each in listings.values()})
    catalog_services.retract(order_ids=[each.order_id for each in requests], at=now)
