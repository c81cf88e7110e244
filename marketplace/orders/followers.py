"""
What rooms above hear of orders that the market closes: those it settles, and those it takes back.

They hear of it in the same transaction, after the orders were written. What its buyer cancels is
not told: nobody looks for another instead.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

ClosedFollower = Callable[[Sequence[UUID], datetime], object]

_followers: list[ClosedFollower] = []


def hear_of_closed(follower: ClosedFollower) -> None:
    """Let a room hear of orders that the market closes."""
    if follower not in _followers:
        _followers.append(follower)


def closed_by_market(order_ids: Sequence[UUID], now: datetime) -> None:
    """Tell everybody that orders are closed now, their holds given back."""
    for each in _followers if order_ids else ():
        each(order_ids, now)
