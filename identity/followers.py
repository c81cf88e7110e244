"""
What rooms above lock before a resource changes, and tell after it did.

Whoever takes capacity locks listings before resources. Who changes a resource does so, too, so that
the two never wait for each other in a circle; rooms above say what to lock.
"""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID


class ResourceFollower(Protocol):
    """Hears of a resource that changes, in the transaction of the change."""

    def __call__(self, resource_id: UUID) -> Callable[[], None]:
        """Lock what hangs on the resource, and return what is to be done after the change."""


_followers: list[ResourceFollower] = []


def install(follower: ResourceFollower) -> None:
    """Let a room hear of resources that change."""
    if follower not in _followers:
        _followers.append(follower)


def before(resource_id: UUID) -> Callable[[], None]:
    """Let everybody lock what hangs on a resource; return what tells them that it changed."""
    afterwards = [follower(resource_id) for follower in _followers]

    def changed() -> None:
        for each in afterwards:
            each()

    return changed
