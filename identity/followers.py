"""
What rooms above lock before a resource changes, and tell after it did.

Whoever takes capacity locks listings before resources. Who changes a resource does so, too, so that
the two never wait for each other in a circle; rooms above say what to lock. Deliveries are locked
before either. Rooms that keep what an organisation runs hear of its suspension in the same way.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID


class ResourceFollower(Protocol):
    """Hears of a resource that changes, in the transaction of the change."""

    def __call__(self, resource_id: UUID) -> Callable[[], None]:
        """Lock what hangs on the resource, and return what is to be done after the change."""


StandingFollower = Callable[[UUID, datetime], object]

_followers: list[ResourceFollower] = []
_of_standing: list[StandingFollower] = []


def install(follower: ResourceFollower, *, is_first: bool = False) -> None:
    """Let a room hear of resources that change; what it keeps may be locked before all others."""
    if follower not in _followers:
        _followers.insert(0 if is_first else len(_followers), follower)


def install_standing(follower: StandingFollower) -> None:
    """Let a room stop what it runs for an organisation, in the transaction that suspends it."""
    if follower not in _of_standing:
        _of_standing.append(follower)


def stopped(organization_id: UUID, now: datetime) -> None:
    """Tell everybody that an organisation is suspended now, before listings are locked."""
    for each in _of_standing:
        each(organization_id, now)


def before(resource_id: UUID) -> Callable[[], None]:
    """Let everybody lock what hangs on a resource; return what tells them that it changed."""
    afterwards = [follower(resource_id) for follower in _followers]

    def changed() -> None:
        for each in afterwards:
            each()

    return changed
