"""
What the place of a batch among its agent's others says. Pure.

An agent numbers its batches from 1 and names in each the hash of the one before. So it shows where
batches are missing, came twice, were exchanged or cut off, which a signature alone does not.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from identity.rows import AgentRow
from metering.contracts import ChainPlace

NONE_BEFORE: Final = "0" * 64  # what the first batch names as the hash of the one before
OVERLAP_SECONDS_MAX: Final = 30 * 86_400  # how long a former key may be good beside the new one
NUMBER_MAX: Final = 2**53  # JSON readers agree on whole numbers up to here


class ChainStanding(StrEnum):
    """How a batch stands to those that arrived."""

    IN_ORDER = "IN_ORDER"
    AFTER_GAP = "AFTER_GAP"
    LATE = "LATE"  # it fills a gap, or a part of one
    REPEAT = "REPEAT"
    CONFLICT = "CONFLICT"
    OUT_OF_CHAIN = "OUT_OF_CHAIN"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is known beside a batch; None: it has not arrived."""

    highest: int  # number of the highest batch that arrived, 0 if none did
    same: str | None  # hash of the batch of this number
    before: str | None  # hash of the batch before
    named_after: str | None  # what the batch after names as the hash of this one


def is_good(agent: AgentRow, now: datetime) -> bool:
    """Return whether an agent's key may sign."""
    return agent.revoked_at is None and (agent.ends_at is None or now < agent.ends_at)


def standing(place: ChainPlace, content_hash: str, known: Neighbours) -> ChainStanding:
    """Judge a batch by its number, its hash and its neighbours."""
    if known.same is not None:
        return ChainStanding.REPEAT if known.same == content_hash else ChainStanding.CONFLICT
    before = NONE_BEFORE if place.number == 1 else known.before
    follows = before is None or before == place.previous
    is_followed = known.named_after is None or known.named_after == content_hash
    if not follows or not is_followed:
        return ChainStanding.OUT_OF_CHAIN
    if place.number <= known.highest:
        return ChainStanding.LATE
    return ChainStanding.IN_ORDER if place.number == known.highest + 1 else ChainStanding.AFTER_GAP
