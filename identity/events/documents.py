"""Recorded events as documents that are sealed and exported."""

from typing import Final

from common.documents import HASH, DocumentKind
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import json_text, time_text
from identity.events import selectors
from identity.events.models import RecordedEvent


# Whom an event concerns is not among its texts: one of them must be able to compute the hash.
def _content(event: RecordedEvent) -> dict[str, str]:
    return {
        "id": str(event.pk),
        "name": event.name,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "object_label": event.object_label,
        "facts": json_text(event.facts),
        "happened_at": time_text(event.happened_at),
        "person": str(event.person_id or ""),
        "api_key": str(event.api_key_id or ""),
        "agent": str(event.agent_id or ""),
        "task": event.task,
        "behalf": str(event.behalf_id or ""),
        "request_id": event.request_id,
    }


EVENTS: Final = DocumentKind(
    name="identity.event",
    form=1,
    columns=(
        Column("id"),
        Column("name"),
        Column("object_kind"),
        Column("object_id"),
        Column("object_label"),
        Column("facts"),
        Column("happened_at", ColumnType.TIME),
        Column("person"),
        Column("api_key"),
        Column("agent"),
        Column("task"),
        Column("behalf"),
        Column("request_id"),
        HASH,
    ),
    rows=selectors.recorded,
    content=_content,
    moment="recorded_at",
    order=("id",),
    between=selectors.recorded_between,
    transaction="xid",
)
