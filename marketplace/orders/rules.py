"""
Pure rules of orders: the table of states, and the clearing rules by version.

`clear` reads nothing but its snapshot, which names the rule that decides it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common.rulebooks import Rulebook
from marketplace.orders import clear_1, clear_3, instalments
from marketplace.orders.contracts import (
    Clearing,
    Demand,
    Fill,
    OrderEventKind,
    OrderState,
    Phase,
    Snapshot,
)
from marketplace.orders.onlooker import Looked
from marketplace.orders.rating import committed, price, priced_line, whole_seconds
from marketplace.orders.terms import Instalment, InstalmentTerms

__all__ = [
    "CLEARING_RULE",
    "INSTALMENTS",
    "RULES",
    "TRANSITIONS",
    "TRIES_ALONE_MAX",
    "clear",
    "committed",
    "held_of",
    "inspect",
    "instalments_of",
    "look",
    "next_try",
    "phase",
    "price",
    "priced_line",
    "turns",
    "whole_seconds",
]


@dataclass(frozen=True, slots=True)
class ClearingRule:
    """One version: how it decides, in whose turn, and how it reads all of a snapshot's supply."""

    clear: Callable[[Snapshot], Clearing]
    turns: Callable[[Snapshot], Sequence[Demand]]
    inspect: Callable[[Snapshot], None]
    look: Callable[[Snapshot, UUID], Looked]


RULES: Final = Rulebook(
    "clearing",
    {
        clear_1.NAME: ClearingRule(clear_1.clear, clear_1.turns, clear_1.inspect, clear_1.look),
        clear_3.NAME: ClearingRule(clear_3.clear, clear_3.turns, clear_3.inspect, clear_3.look),
    },
)
CLEARING_RULE: Final = RULES.newest
INSTALMENTS: Final = instalments.RULES
TRIES_ALONE_MAX: Final = 3
TRANSITIONS: Final = {
    (OrderState.PLACED, OrderEventKind.CLEARED): OrderState.CLEARED,
    (OrderState.PLACED, OrderEventKind.REFUSED): OrderState.REJECTED,
    (OrderState.PLACED, OrderEventKind.CANCELLED): OrderState.CANCELLED,
    (OrderState.CLEARED, OrderEventKind.CANCELLED): OrderState.CANCELLED,
    (OrderState.CLEARED, OrderEventKind.SETTLED): OrderState.SETTLED,
}


def clear(snapshot: Snapshot) -> Clearing:
    """
    Fill the orders of a snapshot, or say why not, under the rule that the snapshot names.

    :raises UnknownRuleVersion: if this release has no such rule
    """
    return RULES.rule(snapshot.rule_version).clear(snapshot)


def held_of(fill: Fill, terms: InstalmentTerms | None) -> int:
    """Return what of the cash of a filled order is held now."""
    return instalments.first_minor(
        instalments.rule_of(terms),
        starts_at=fill.starts_at,
        ends_at=fill.ends_at,
        cash_minor=fill.cash_minor,
        zone=terms.zone if terms else "",
    )


def instalments_of(
    terms: InstalmentTerms | None, *, starts_at: datetime, ends_at: datetime, cash_minor: int
) -> tuple[Instalment, ...]:
    """Return the instalments of an order under some terms; none if it is held whole."""
    return instalments.plan(
        instalments.rule_of(terms),
        starts_at=starts_at,
        ends_at=ends_at,
        cash_minor=cash_minor,
        zone=terms.zone if terms else "",
    )


def turns(snapshot: Snapshot) -> Sequence[Demand]:
    """Return the orders of a snapshot in the order in which they take their turns."""
    return RULES.rule(snapshot.rule_version).turns(snapshot)


def inspect(snapshot: Snapshot) -> None:
    """Read a snapshot's whole supply as clearing would; what breaks an expectation raises."""
    RULES.rule(snapshot.rule_version).inspect(snapshot)


def look(snapshot: Snapshot, order_id: UUID) -> Looked:
    """
    Return what each listing answered to one order of a snapshot, at its turn.

    :raises KeyError: if the order was not in that round
    """
    return RULES.rule(snapshot.rule_version).look(snapshot, order_id)


def next_try(orders: int, *, unfinished: int) -> tuple[int, int] | None:
    """
    Return how many orders the next try of a book takes, and how many tries of that many began.

    None: an order was alone in every try that it may have, and none of them ended.
    """
    if unfinished < (TRIES_ALONE_MAX if orders == 1 else 1):
        return orders, unfinished + 1
    return None if orders == 1 else (orders // 2, 1)


def phase(
    state: str, *, starts_at: datetime, ends_at: datetime, is_set_aside: bool, at: datetime
) -> Phase:
    """Return the one word for what an order is doing at a moment."""
    if state == OrderState.PLACED:
        return Phase.CHECKED if is_set_aside else Phase.WAITING
    if state != OrderState.CLEARED:
        return Phase(state)
    if at < starts_at:
        return Phase.SCHEDULED
    return Phase.RUNNING if at < ends_at else Phase.SETTLING
