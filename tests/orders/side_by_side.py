"""Cards, storage and a network of one provider under one plan, side by side."""

from datetime import datetime, timedelta

from common import tenancy
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from marketplace.orders.set_contracts import OrderedBeside
from tests.pricing.timed_plans import flat, terms, unit
from tests.settlement.beside_compute import NETWORK, STORAGE, install_rules
from tests.settlement.cast import HOUR, NOON, OPENED, Market

PLACED = NOON - timedelta(minutes=5)
# Cards are ¥12 an hour; a GB-month ¥1.20, at least ¥0.50 a contract; data moved ¥0.50 for the first
# 100 GB and ¥0.30 from there.
CARDS = unit("12", code="cards", sold_as="compute")
KEPT = unit("1.20", code="kept", unit="gb_month", sold_as="storage")
LEAST = flat("0.50", model="minimum", sold_as="storage")
MOVED = {
    "code": "moved",
    "model": "graduated",
    "unit": "gb_moved",
    "tiers": [{"from": "0", "unit_price": "0.5"}, {"from": "100", "unit_price": "0.3"}],
    "sold_as": "network",
}
ALL_IN_ONE = terms(CARDS, KEPT, LEAST, MOVED)


class Set:
    """Cards, a shelf and a pipe of one provider, under one plan, side by side."""

    def __init__(self, *, gb: int = 10_000, **more) -> None:
        install_rules()
        self.cards = Market(terms=ALL_IN_ONE, **more)
        shelf = STORAGE | {"total_milli": gb * 1000}
        self.shelf = Market(resource=shelf, rule="storage-hours", beside=self.cards)
        self.pipe = Market(resource=NETWORK, rule="bytes-moved", beside=self.cards)
        self.stand()

    @staticmethod
    def period_from(now: datetime) -> Period:
        """Return three hours that begin an hour later."""
        starts_at = now.replace(microsecond=0) + HOUR
        return Period(starts_at, starts_at + 3 * HOUR)

    def stand(self, **more) -> None:
        wanted = {
            "listing_id": self.cards.listing.pk,
            "storage_id": self.shelf.listing.pk,
            "network_id": self.pipe.listing.pk,
        } | more
        with tenancy.acting_as(self.cards.provider.pk):
            catalog.set_beside(provider_id=self.cards.provider.pk, now=OPENED, **wanted)

    def order(self, key: str = "set", *, gb: int = 720, gbps: int = 1, buyer=None) -> Order:
        buyer = buyer or self.cards.buyer
        beside = [
            OrderedBeside(self.shelf.listing.pk, gb * 1000),
            OrderedBeside(self.pipe.listing.pk, gbps * 1000),
        ]
        with tenancy.acting_as(buyer.pk):
            return orders.place_set(
                buyer_id=buyer.pk,
                wish=OrderWish(
                    key=key,
                    units_milli=2000,
                    period=Period(NOON, NOON + 3 * HOUR),
                    listing_id=self.cards.listing.pk,
                ),
                beside=[each for each in beside if each.units_milli],
                placed_at=PLACED,
            )
