"""
Who hears of a plan's next version when it is published, in the transaction that publishes it.

This room knows plans and quotes alone; whose orders rest on them, rooms above know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AnnouncedPrice:
    """A version of a plan that was published, and whether it may cost somebody more."""

    plan_id: UUID
    plan_code: str
    version: int
    starts_at: datetime
    published_at: datetime
    is_worse: bool


PriceFollower = Callable[[AnnouncedPrice], object]

_followers: Final[list[PriceFollower]] = []


def install(follower: PriceFollower) -> None:
    """Let a room hear of versions that follow another one; a plan's first version has none."""
    if follower not in _followers:
        _followers.append(follower)


def announced(price: AnnouncedPrice) -> None:
    """Tell everybody of a version that follows another one."""
    for each in _followers:
        each(price)
