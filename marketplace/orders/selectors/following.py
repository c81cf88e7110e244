"""Who hears of the prices of listings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.catalog import selectors as catalog_selectors
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order
from pricing import selectors as pricing_selectors

LIVE = (OrderState.PLACED, OrderState.CLEARED)


@dataclass(frozen=True, slots=True)
class FollowedListing:
    """A listing, and the buyers who order, use or have it quoted."""

    listing_id: UUID
    number: str
    buyers: Sequence[UUID]


def price_followers(plan_id: UUID, *, at: datetime) -> list[FollowedListing]:
    """
    Return the listings of a plan that buyers follow: by orders that wait or run, by live quotes.

    For the market itself: no buyer learns of another.
    """
    numbers = catalog_selectors.listings_of_plan(plan_id)
    if not numbers:
        return []
    live = Order.objects.filter(state__in=LIVE, import_run__isnull=True)
    cleared = live.filter(listing_id__in=numbers).values_list("listing_id", "buyer_id")
    waiting = live.filter(wanted_listing_id__in=numbers, listing_id__isnull=True)
    named = cleared.union(waiting.values_list("wanted_listing_id", "buyer_id"))
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for listing_id, buyer_id in named:
        found[listing_id].add(buyer_id)
    for listing_id, buyer_id in pricing_selectors.live_quotes_of_plan(plan_id, at=at):
        if listing_id in numbers:
            found[listing_id].add(buyer_id)
    return [
        FollowedListing(each, numbers[each], sorted(found[each]))
        for each in sorted(found, key=numbers.__getitem__)
    ]
