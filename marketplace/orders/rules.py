"""
Pure rules of orders: the table of states, and clearing.

`clear` reads nothing but its snapshot. Orders take their turns by the time they were placed; an
order is filled wholly or not at all, and what one takes the next no longer finds.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from common.errors import InvalidInput
from marketplace.orders.contracts import (
    Clearing,
    Demand,
    Fill,
    OrderEventKind,
    OrderState,
    Rejection,
    Snapshot,
)
from marketplace.orders.lots import draw
from marketplace.orders.matching import Market
from marketplace.orders.rating import committed, price, priced_line, whole_seconds
from pricing.contracts import NotMeasured

__all__ = [
    "CLEARING_RULE",
    "TRANSITIONS",
    "TRIES_ALONE_MAX",
    "clear",
    "committed",
    "inspect",
    "next_try",
    "price",
    "priced_line",
    "turns",
    "whole_seconds",
]

CLEARING_RULE: Final = "clear-1"
TRIES_ALONE_MAX: Final = 3
TRANSITIONS: Final = {
    (OrderState.PLACED, OrderEventKind.CLEARED): OrderState.CLEARED,
    (OrderState.PLACED, OrderEventKind.REFUSED): OrderState.REJECTED,
    (OrderState.PLACED, OrderEventKind.CANCELLED): OrderState.CANCELLED,
    (OrderState.CLEARED, OrderEventKind.CANCELLED): OrderState.CANCELLED,
    (OrderState.CLEARED, OrderEventKind.SETTLED): OrderState.SETTLED,
}


def clear(snapshot: Snapshot) -> Clearing:
    """Fill the orders of a snapshot, or say why not; a pure function of the snapshot alone."""
    assert snapshot.rule_version == CLEARING_RULE
    market = Market(snapshot)
    fills: list[Fill] = []
    rejections: list[Rejection] = []
    for demand in turns(snapshot.demands, seed=snapshot.seed):
        answer = market.serve(demand)
        if isinstance(answer, Fill):
            fills.append(answer)
        else:
            rejections.append(Rejection(order_id=demand.order_id, code=answer))
    return Clearing(fills=tuple(fills), rejections=tuple(rejections))


def inspect(snapshot: Snapshot) -> None:
    """Read a snapshot's whole supply as clearing would; what breaks an expectation raises."""
    market = Market(snapshot)
    for demand in snapshot.demands:
        market.serve(demand)
        for offer in snapshot.offers:
            with suppress(NotMeasured, InvalidInput):  # No price is an answer, too.
                market.lines(offer, demand)


def next_try(orders: int, *, unfinished: int) -> tuple[int, int] | None:
    """
    Return how many orders the next try of a book takes, and how many tries of that many began.

    None: an order was alone in every try that it may have, and none of them ended.
    """
    if unfinished < (TRIES_ALONE_MAX if orders == 1 else 1):
        return orders, unfinished + 1
    return None if orders == 1 else (orders // 2, 1)


def turns(demands: Iterable[Demand], *, seed: str) -> list[Demand]:
    """Return orders by the time they were placed; the seed draws lots between equal times."""
    return sorted(demands, key=lambda each: (each.placed_at, draw(seed, each.order_id)))
