"""What a reader is told of events: of others' people and programs, only whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from identity.contracts import Actor
from identity.events import selectors
from identity.events.models import RecordedEvent


@dataclass(frozen=True, slots=True)
class By:
    """Who did something, as far as a reader may know."""

    behalf_id: UUID | None
    person_id: int | None = None
    api_key_id: UUID | None = None
    agent_id: UUID | None = None
    task: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a reader sees it."""

    id: UUID
    name: str
    label: str | Promise
    recorded_at: datetime
    happened_at: datetime
    object_kind: str
    object_id: str
    object_label: str
    facts: dict[str, Any]
    by: By
    concerns: Sequence[UUID]


def told(events: Sequence[RecordedEvent], *, reader: Actor) -> list[Told]:
    """Return events as somebody may read them."""
    reads_all = selectors.reads_all(reader)
    if reads_all:
        concerns = selectors.concerned([event.id for event in events])
    else:
        concerns = {event.id: [reader.organization_id] for event in events}
    return [
        Told(
            id=event.id,
            name=event.name,
            label=event.label,
            recorded_at=event.recorded_at,
            happened_at=event.happened_at,
            object_kind=event.object_kind,
            object_id=event.object_id,
            object_label=event.object_label,
            facts=event.facts,
            by=_by(event, knows=reads_all or event.behalf_id == reader.organization_id),
            concerns=concerns[event.id],
        )
        for event in events
    ]


def _by(event: RecordedEvent, *, knows: bool) -> By:
    if not knows:
        return By(event.behalf_id, task=event.task)
    return By(
        behalf_id=event.behalf_id,
        person_id=event.person_id,
        api_key_id=event.api_key_id,
        agent_id=event.agent_id,
        task=event.task,
        request_id=event.request_id,
    )
