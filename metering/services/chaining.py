"""Keep the chain of an agent's batches, and name what is wrong with it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common.errors import Refusal
from identity.events import services as events
from identity.rows import AgentRow
from metering import chaining, locks
from metering.chaining import ChainStanding
from metering.contracts import (
    BatchConflict,
    BatchOutOfChain,
    ChainFaultKind,
    ChainPlace,
    IngestResult,
)
from metering.event_names import MeteringEvent
from metering.models import AgentChain, ChainedBatch, ChainFault

REFUSED: Final[Mapping[ChainStanding, tuple[ChainFaultKind, type[Refusal]]]] = {
    ChainStanding.CONFLICT: (ChainFaultKind.CONFLICT, BatchConflict),
    ChainStanding.OUT_OF_CHAIN: (ChainFaultKind.OUT_OF_CHAIN, BatchOutOfChain),
}


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """A batch in its chain, which is held until the transaction ends."""

    chain: AgentChain
    agent_id: UUID
    place: ChainPlace
    content_hash: str
    standing: ChainStanding

    @property
    def refusal(self) -> Refusal | None:
        """Return why the batch cannot be taken, or nothing."""
        if self.standing not in REFUSED:
            return None
        return REFUSED[self.standing][1](number=self.place.number)


def hold(
    *, provider_id: UUID, agent: AgentRow, place: ChainPlace, body: bytes, now: datetime
) -> JudgedBatch:
    """Hold the chain of an agent, and judge a batch by it."""
    chain = locks.agent_chain(agent.chain_id, provider_id=provider_id, now=now)
    content_hash = hashlib.sha256(body).hexdigest()
    near = {
        row.number: row
        for row in ChainedBatch.objects.filter(
            chain=chain, number__range=(place.number - 1, place.number + 1)
        )
    }
    known = chaining.Neighbours(
        highest=chain.number,
        same=near[place.number].content_hash if place.number in near else None,
        before=near[place.number - 1].content_hash if place.number - 1 in near else None,
        named_after=near[place.number + 1].previous_hash if place.number + 1 in near else None,
    )
    verdict = chaining.standing(place, content_hash, known)
    return JudgedBatch(chain, agent.pk, place, content_hash, verdict)


def keep(link: JudgedBatch, taken: IngestResult | None, *, now: datetime) -> None:
    """Write down a batch that was judged, with what became of it; or what was wrong with it."""
    chain, place = link.chain, link.place
    chain.seen_at = now
    if link.standing in REFUSED:
        _fault(link, REFUSED[link.standing][0], place.number, place.number, now)
    elif link.standing is not ChainStanding.REPEAT and taken is not None:
        if link.standing is ChainStanding.AFTER_GAP:
            _fault(link, ChainFaultKind.GAP, chain.number + 1, place.number - 1, now)
        chain.arrived += 1
        _add(link, taken, now)
        if place.number > chain.number:
            chain.number, chain.content_hash = place.number, link.content_hash
    chain.save(update_fields=["number", "content_hash", "arrived", "faults", "seen_at"])


def _add(link: JudgedBatch, taken: IngestResult, now: datetime) -> None:
    ChainedBatch.objects.create(
        chain=link.chain,
        provider_id=link.chain.provider_id,
        agent_id=link.agent_id,
        number=link.place.number,
        content_hash=link.content_hash,
        previous_hash=link.place.previous,
        accepted=taken.accepted,
        known=taken.duplicates,
        refused=len(taken.refused),
        received_at=now,
    )


def _fault(link: JudgedBatch, kind: ChainFaultKind, first: int, last: int, now: datetime) -> None:
    chain = link.chain
    chain.faults += 1
    ChainFault.objects.create(
        chain=chain,
        provider_id=chain.provider_id,
        kind=kind,
        first=first,
        last=last,
        noticed_at=now,
    )
    told = events.Event(
        name=MeteringEvent.CHAIN_BROKEN,
        object_kind="metering_agent",
        object_id=link.agent_id,
        object_label=chain.agent.name,
        concerns=[chain.provider_id],
        facts={"kind": kind, "first": first, "last": last},
    )
    events.record([told])
