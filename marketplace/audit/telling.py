"""How this room tells the record of events."""

from collections.abc import Iterable
from typing import Any

from identity.events import services as events
from marketplace.audit.event_names import AuditEvent
from marketplace.audit.models import Export


def record_events(name: AuditEvent, exports: Iterable[Export], **facts: Any) -> None:
    """Record that the same happened to exports."""
    events.record(
        events.Event(
            name=name,
            object_kind="export",
            object_id=export.pk,
            object_label=export.number,
            concerns=[export.organization_id],
            facts={"kind": export.kind} | facts,
        )
        for export in exports
    )
