"""Recorded events as documents that are sealed and exported."""

from typing import Final
from uuid import UUID

from common.canonical import content_hash
from common.documents import HASH, Content, DocumentKind
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import json_text, time_text
from identity.events import selectors
from identity.events.models import RecordedEvent

BY: Final = Column("by")


# Whom an event concerns is not among its texts: one of them must be able to compute the hash. Who
# did it is for their own organisation, so the texts hold a hash of that, which a salt keeps from
# being found out by trying numbers.
def _content(event: RecordedEvent) -> dict[str, str]:
    return {
        "id": str(event.pk),
        "name": event.name,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "object_label": event.object_label,
        "facts": json_text(event.facts),
        "happened_at": time_text(event.happened_at),
        "task": event.task,
        "behalf": str(event.behalf_id or ""),
        BY.name: content_hash(_doer(event)),
    }


def _doer(event: RecordedEvent) -> dict[str, str]:
    return {
        "person": str(event.person_id or ""),
        "api_key": str(event.api_key_id or ""),
        "agent": str(event.agent_id or ""),
        "request_id": event.request_id,
        "salt": str(event.salt),
    }


def _beside(event: RecordedEvent, reader: UUID | None) -> Content:
    """Return who did it, for who reads everything and for the organisation that it was done for."""
    doer = _doer(event)
    return doer if reader in (None, event.behalf_id) else dict.fromkeys(doer, "")


EVENTS: Final = DocumentKind(
    name="identity.event",
    form=2,
    columns=(
        Column("id"),
        Column("name"),
        Column("object_kind"),
        Column("object_id"),
        Column("object_label"),
        Column("facts"),
        Column("happened_at", ColumnType.TIME),
        Column("task"),
        Column("behalf"),
        BY,
        HASH,
        *(
            Column(name, covered_by=BY.name)
            for name in ("person", "api_key", "agent", "request_id", "salt")
        ),
    ),
    rows=selectors.recorded,
    content=_content,
    beside=_beside,
    moment="recorded_at",
    order=("id",),
    between=selectors.recorded_between,
    transaction="xid",
)
