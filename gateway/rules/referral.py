"""
Which node is asked next about a code, and when asking ends; pure.

Each referral is a grant of a longer prefix that covers the code, by the node that was asked. So
what leads in a circle, or to a node that nobody knows, has no form in which it could be written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.contracts import PeerAnswerRefused, ReferralLoop, ReferralTooDeep
from gateway.rules.records import covers

HOPS_MAX: Final = 4
BUDGET_SECONDS: Final = 2.0
HOP_SECONDS: Final = 0.8


@dataclass(frozen=True, slots=True)
class GrantedPrefix:
    """A prefix and the node that answers for it."""

    prefix: str
    host: str


@dataclass(frozen=True, slots=True)
class Trail:
    """Whom to ask now: the host, the prefix it answers for, and who was asked before."""

    code: str
    prefix: str
    host: str
    visited: tuple[str, ...]

    @property
    def hops(self) -> int:
        """Return how many nodes were asked before this one."""
        return len(self.visited) - 1


def begin(
    code: str, *, own: str, grants: Sequence[GrantedPrefix], parent: str = ""
) -> Trail | None:
    """
    Return whom to ask first: the host of the longest grant, or else the node above.

    None if this node answers by itself, or knows nobody who could.
    """
    covering = sorted(
        (each for each in grants if covers(each.prefix, code)),
        key=lambda each: len(each.prefix),
        reverse=True,
    )
    if covering:
        first = covering[0]
        return None if first.host == own else Trail(code, first.prefix, first.host, (own,))
    return Trail(code, "", parent, (own,)) if parent and parent != own else None


def advance(trail: Trail, referred: GrantedPrefix, *, known_hosts: Collection[str]) -> Trail:
    """
    Return whom to ask after a referral.

    :raises PeerAnswerRefused: if its prefix is no longer than the last, does not cover the code, or
        names a host that nobody admitted
    :raises ReferralLoop: if the host was asked already
    :raises ReferralTooDeep: if too many were asked already
    """
    if not covers(referred.prefix, trail.code):
        raise PeerAnswerRefused(node=trail.host, reason="prefix_does_not_cover")
    if trail.prefix and not referred.prefix.startswith(f"{trail.prefix}-"):
        raise PeerAnswerRefused(node=trail.host, reason="prefix_not_longer")
    if referred.host in (*trail.visited, trail.host):
        raise ReferralLoop(node=trail.host)
    if referred.host not in known_hosts:
        raise PeerAnswerRefused(node=trail.host, reason="host_unknown")
    if trail.hops + 1 >= HOPS_MAX:
        raise ReferralTooDeep(node=trail.host)
    return Trail(trail.code, referred.prefix, referred.host, (*trail.visited, trail.host))
