"""Who hears of the prices of listings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order
from pricing import selectors as pricing_selectors

LIVE = (OrderState.PLACED, OrderState.CLEARED)
ON_MARKET = (ListingState.OPEN, ListingState.PAUSED)


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
    live = Order.objects.filter(state__in=LIVE, import_run__isnull=True)
    cleared = live.filter(
        listing__plan_version__plan_id=plan_id, listing__state__in=ON_MARKET
    ).values_list("listing_id", "buyer_id")
    waiting = live.filter(
        listing__isnull=True,
        wanted_listing__plan_version__plan_id=plan_id,
        wanted_listing__state__in=ON_MARKET,
    ).values_list("wanted_listing_id", "buyer_id")
    quoted = pricing_selectors.live_quotes_of_plan(plan_id, at=at)
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for listing_id, buyer_id in chain(cleared.union(waiting), quoted):
        found[listing_id].add(buyer_id)
    numbers = catalog_selectors.numbers_of_plan(plan_id, listing_ids=found)
    return [
        FollowedListing(each, number, sorted(found[each]))
        for each, number in sorted(numbers.items(), key=lambda pair: pair[1])
    ]
