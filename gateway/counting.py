"""What the gateway counts of itself: answers by result, and what came of asking other nodes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from common import figures
from common.errors import Refusal
from gateway.contracts import (
    IdentifierUnknown,
    NoAuthority,
    PeerAnswerRefused,
    PeerCircuitOpen,
    PeerTimeout,
    ReferralLoop,
    ReferralTooDeep,
)

OF_PEERS: Final = {
    IdentifierUnknown: "unknown",
    NoAuthority: "no_authority",
    PeerAnswerRefused: "refused",
    PeerCircuitOpen: "circuit_open",
    PeerTimeout: "timeout",
    ReferralLoop: "loop",
    ReferralTooDeep: "too_deep",
}
NOT_MODIFIED: Final = 304


@contextmanager
def counted_answer() -> Iterator[list[str]]:
    """Count an answer; the caller puts its result into the list, a refusal says its own."""
    said: list[str] = []
    try:
        yield said
    except Refusal as refusal:
        # Each slip of the pen has a code of its own: they are counted as one.
        figures.count(figures.GATEWAY_ANSWERS, result=OF_PEERS.get(type(refusal), "malformed"))
        raise
    figures.count(figures.GATEWAY_ANSWERS, result=said[0] if said else "answered")


def count_kept(is_known: bool) -> None:
    """Count an answer to a stranger, or that the stranger has it already."""
    figures.count(figures.GATEWAY_ANSWERS, result="unchanged" if is_known else "answered")


@contextmanager
def counted_referral() -> Iterator[None]:
    """Count what came of asking other nodes about a code."""
    try:
        yield
    except Refusal as refusal:
        figures.count(figures.GATEWAY_REFERRALS, outcome=OF_PEERS.get(type(refusal), "failed"))
        raise
    figures.count(figures.GATEWAY_REFERRALS, outcome="answered")


def count_batch(codes: int) -> None:
    """Count the codes of a batch that was answered."""
    figures.count(figures.GATEWAY_ANSWERS, codes, result="in_a_batch")


def count_refused(way: str, reason: str) -> None:
    """Count a statement of another node that was refused: in an `answer`, or in a `push`."""
    figures.count(figures.GATEWAY_REFUSED, way=way, reason=reason)
