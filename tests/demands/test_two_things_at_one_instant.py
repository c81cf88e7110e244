"""Each pair of what may happen to a demand, at one instant: one outcome, nothing sold twice."""

import itertools
from collections.abc import Callable

from django.db.models import Sum

from common import tenancy
from identity import services as identity
from identity.contracts import ResourceStatus
from marketplace.catalog import services as catalog
from marketplace.catalog.models import CapacitySlot, Listing
from marketplace.demands import services
from marketplace.demands.models import PostedDemand
from marketplace.orders.models import Order
from tests.catalog import supply
from tests.demands import cast as demands
from tests.demands.cast import HOUR, NOW, option, standing
from tests.instant import at_once
from tests.orders.cast import buyer, clear, place, wish


class Stage:
    """A demand for the last two cards, and all that may happen to it."""

    def __init__(self) -> None:
        self.listing = supply.listed(cards=2)
        self.owner, self.other = buyer("100"), buyer("100")
        self.terms = standing(option(cards=2, latest=1), until=NOW + HOUR)
        self.demand = demands.post(self.owner, self.terms)

    def acts(self) -> dict[str, Callable[[], object]]:
        return {
            "place": lambda: place(self.other, wish(self.listing, cards=2)),
            "amend": lambda: demands.amend(self.demand, demands.later(self.terms, seconds=1800)),
            "cancel": lambda: demands.cancel(self.demand),
            "expire": lambda: services.match_demand(demand_id=self.demand.pk, now=NOW + HOUR),
            "suspend": self.suspend,
            "lower": self.lower,
            "match": lambda: services.match_demand(demand_id=self.demand.pk, now=NOW),
            "clear": lambda: clear(self.listing),
        }

    def lower(self) -> None:
        """Put one card less on sale; refused where both are sold."""
        with tenancy.acting_as(self.listing.provider_id):
            catalog.change_total(
                listing_id=self.listing.pk,
                provider_id=self.listing.provider_id,
                total_milli=1000,
                now=NOW,
            )

    def suspend(self) -> None:
        with tenancy.acting_as(self.listing.provider_id):
            identity.change_resource_status(
                resource_id=self.listing.resource_id,
                provider_id=self.listing.provider_id,
                status=ResourceStatus.SUSPENDED,
            )

    def require_sound(self, pair: tuple[str, str]) -> None:
        with tenancy.acting_as_platform():
            row = PostedDemand.objects.get(pk=self.demand.pk)
            lots = row.lots.count()
            sold = Order.objects.filter(state="CLEARED", listing=self.listing)
            taken = sold.aggregate(total=Sum("units_milli"))["total"] or 0
            free = CapacitySlot.objects.filter(listing=self.listing).values_list("free_milli")
            listing = Listing.objects.get(pk=self.listing.pk)
            state = listing.state
        assert (row.state == "FILLED") == (lots == 1), (pair, row.state, lots)
        assert taken <= listing.total_milli, (pair, taken)
        assert all(left >= 0 for (left,) in free), pair
        assert "suspend" not in pair or state == "PAUSED", pair
        assert "cancel" not in pair or row.state in ("CANCELLED", "FILLED", "EXPIRED"), pair


def test_each_pair_of_acts_at_one_instant_has_one_outcome(fresh_database):
    names = list(Stage.acts(Stage()))

    for pair in itertools.combinations_with_replacement(names, 2):
        stage = Stage()
        acts = stage.acts()
        assert at_once(*(acts[name] for name in pair)) == [], pair
        stage.require_sound(pair)
