"""Buyers hear of what a plan will cost before it does: who orders, uses or has it quoted."""

from common import tenancy
from identity.events import services as events
from identity.events.contracts import CONCERNS_MAX
from marketplace.orders import selectors
from marketplace.orders.event_names import PriceEvent
from pricing.followers import AnnouncedPrice

LISTING: str = "listing"  # the kind of object that a listing is


def tell_of_price(price: AnnouncedPrice) -> int:
    """
    Tell the buyers of a plan's listings that its next version was published; return how many.

    Told are who has an order that waits or runs, or a quote that still holds. What they have
    ordered or been promised keeps its price.
    """
    with tenancy.acting_as_platform():
        following = selectors.price_followers(price.plan_id, at=price.published_at)
    name = PriceEvent.RAISED if price.is_worse else PriceEvent.CHANGED
    facts = {"plan": price.plan_code, "version": price.version, "starts_at": price.starts_at}
    events.record(
        events.Event(
            name=name,
            object_kind=LISTING,
            object_id=each.listing_id,
            object_label=each.number,
            concerns=each.buyers[first : first + CONCERNS_MAX],
            facts=facts,
            at=price.published_at,
        )
        for each in following
        for first in range(0, len(each.buyers), CONCERNS_MAX)
    )
    return len({buyer for each in following for buyer in each.buyers})
