"""
The clearing rule `clear-3`: as `clear-1`, and vouchers pay by `cover-2`.

`clear-2` is the name of the rule that chooses for demands.

It is pure, and frozen: rounds are stored that it decided, so neither it nor what it is made of may
come to another answer. Another way to clear is another file and a line in `rules.RULES`.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from common.errors import InvalidInput
from marketplace.orders import clear_1
from marketplace.orders.contracts import Clearing, Fill, Rejection, Snapshot
from marketplace.orders.matching import OpenSupply
from marketplace.orders.onlooker import Looked, Onlooker
from marketplace.vouchers import rules as vouchers_rules
from pricing.contracts import NotMeasured

NAME: Final = "clear-3"
COVER: Final = vouchers_rules.RULES.rule("cover-2")
turns = clear_1.turns


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
