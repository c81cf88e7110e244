"""Pure rules of call rounds: phases, states, turns, and what a buyer may still change."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from marketplace.rounds.contracts import OrderTerms, RoundMove, RoundState, Schedule

TRANSITIONS: Final = {
    (RoundState.SCHEDULED, RoundMove.OPENED): RoundState.OPEN,
    (RoundState.OPEN, RoundMove.CLOSED): RoundState.NO_CANCEL,
    (RoundState.NO_CANCEL, RoundMove.SEALED): RoundState.SOLVING,
    (RoundState.SOLVING, RoundMove.PUBLISHED): RoundState.PUBLISHED,
    (RoundState.SCHEDULED, RoundMove.CALLED_OFF): RoundState.CALLED_OFF,
    (RoundState.OPEN, RoundMove.CALLED_OFF): RoundState.CALLED_OFF,
    (RoundState.NO_CANCEL, RoundMove.CALLED_OFF): RoundState.CALLED_OFF,
    (RoundState.SOLVING, RoundMove.CALLED_OFF): RoundState.CALLED_OFF,
}


@dataclass(frozen=True, slots=True)
class InTurn:
    """What decides in which turn an order is served."""

    tag: int
    limit_minor: int
    is_certified: bool
    used_milli_hours: int  # in the past 30 days


def phase(schedule: Schedule, *, at: datetime) -> RoundState:
    """Return the phase in which a round is by the clock."""
    if at < schedule.opens_at:
        return RoundState.SCHEDULED
    if at < schedule.no_cancel_at:
        return RoundState.OPEN
    return RoundState.NO_CANCEL if at < schedule.ends_at else RoundState.SOLVING


def only_raises(before: OrderTerms, after: OrderTerms) -> bool:
    """Tell whether a change does nothing but raise the limit."""
    same = replace(after, limit_minor=before.limit_minor)
    return same == before and after.limit_minor > before.limit_minor


def turns(orders: Iterable[InTurn], *, seed: str) -> list[int]:
    """
    Return the tags of orders by turn: the highest limit first.

    Between equal limits certified SMEs go before others, and of them whoever used least in the past
    30 days; then the seed draws lots.
    """

    def place(order: InTurn) -> tuple[int, bool, int, str]:
        share = order.used_milli_hours if order.is_certified else 0
        return -order.limit_minor, not order.is_certified, share, lot(seed, order.tag)

    return [order.tag for order in sorted(orders, key=place)]


def lot(seed: str, tag: int) -> str:
    """Return the lot that the seed draws for an order."""
    return hashlib.sha256(f"{seed}/{tag}".encode()).hexdigest()


def seed_hash_of(seed: str) -> str:
    """Return what is told of a seed before its round."""
    return hashlib.sha256(seed.encode()).hexdigest()
