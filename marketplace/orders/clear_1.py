"""
The clearing rule `clear-1`: orders in turn, wholly or not at all, the cheapest listing with room.

Pure, and frozen: rounds are stored that it decided, so neither it nor what it is made of (matching,
prices, lots, loads, minima, wallets) may come to another answer. Another way to clear is another
file and a line in `rules.RULES`.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from common.errors import InvalidInput
from marketplace.orders.contracts import Clearing, Demand, Fill, Rejection, Snapshot
from marketplace.orders.lots import draw
from marketplace.orders.matching import OpenSupply
from marketplace.orders.onlooker import Looked, Onlooker
from marketplace.vouchers import rules as vouchers_rules
from pricing.contracts import NotMeasured

NAME: Final = "clear-1"
# Stored rounds were covered by this version, whatever others there will be.
COVER: Final = vouchers_rules.RULES.rule("cover-1")


def clear(snapshot: Snapshot) -> Clearing:
    """Fill the orders of a snapshot, or say why not; a pure function of the snapshot alone."""
    assert snapshot.rule_version == NAME
    market = OpenSupply(snapshot, COVER)
    fills: list[Fill] = []
    rejections: list[Rejection] = []
    for demand in turns(snapshot):
        answer = market.serve(demand)
        if isinstance(answer, Fill):
            fills.append(answer)
        else:
            rejections.append(Rejection(order_id=demand.order_id, code=answer))
    return Clearing(fills=tuple(fills), rejections=tuple(rejections))


def inspect(snapshot: Snapshot) -> None:
    """Read a snapshot's whole supply as clearing would; what breaks an expectation raises."""
    market = OpenSupply(snapshot, COVER)
    market.look_at_all()
    for demand in snapshot.demands:
        market.serve(demand)
        for offer in snapshot.offers:
            with suppress(NotMeasured, InvalidInput):  # No price is an answer, too.
                market.lines(offer, demand)


def look(snapshot: Snapshot, order_id: UUID) -> Looked:
    """Return what each listing answered to one order at its turn, those before it served first."""
    market = Onlooker(snapshot, COVER)
    for demand in turns(snapshot):
        if demand.order_id == order_id:
            return market.look(demand)
        market.serve(demand)
    raise KeyError(order_id)


def turns(snapshot: Snapshot) -> list[Demand]:
    """Return orders by the time they were placed; the seed draws lots between equal times."""
    seed = snapshot.seed
    return sorted(snapshot.demands, key=lambda each: (each.placed_at, draw(seed, each.order_id)))
