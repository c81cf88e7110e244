"""From the record of events to deliveries: read by cursor, so that none is missed or made twice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity.events import selectors as record
from identity.events import services as events
from identity.webhooks import rules
from identity.webhooks.contracts import EndpointState
from identity.webhooks.models import Delivery, Endpoint, Reader

if TYPE_CHECKING:
    from identity.events.models import RecordedEvent

READER: Final = 1
EVENTS_MAX: Final = 500  # read in one transaction


@transaction.atomic
def spread(*, now: datetime) -> bool:
    """
    Make the deliveries of what was recorded since the last time; return whether there is more.

    Deliveries and the reader's place are committed together. One reads at a time: others leave.
    """
    with tenancy.acting_as_platform():
        readers = Reader.objects.filter(pk=READER)
        reader = readers.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
        if reader is None:
            return False
        endpoints = _listening()
        if not endpoints:  # Nobody listens: what happened until now is for nobody.
            cursor, has_more = events.newest(), False
        else:
            batch = events.after(events.Cursor.parse(reader.cursor), limit=EVENTS_MAX)
            cursor, has_more = batch.cursor, batch.has_more
            insert_deliveries(_matching(batch.events, endpoints), now=now)
        if str(cursor) != reader.cursor:
            readers.update(cursor=str(cursor))
        return has_more


def _listening() -> dict[UUID, list[Endpoint]]:
    """Return the endpoints that are told what happens, by organisation; paused ones later."""
    found: dict[UUID, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(removed_at=None).exclude(state=EndpointState.DISABLED):
        found[endpoint.organization_id].append(endpoint)
    return found


def _matching(
    happened: "Sequence[RecordedEvent]", endpoints: dict[UUID, list[Endpoint]]
) -> "list[tuple[Endpoint, RecordedEvent]]":
    """Return which endpoint is told what, in the order in which it happened."""
    rows = record.concerning([event.id for event in happened], list(endpoints))
    return [
        (endpoint, row)
        for row in rows
        for endpoint in endpoints[row.organization_id or UUID(int=0)]
        if row.recorded_at >= endpoint.created_at and rules.wants(endpoint.event_prefixes, row.name)
    ]


def insert_deliveries(told: "Iterable[tuple[Endpoint, RecordedEvent]]", *, now: datetime) -> None:
    """Write deliveries; those that are there already stay as they are."""
    Delivery.objects.bulk_create(
        [_delivery(endpoint, event, now=now) for endpoint, event in told], ignore_conflicts=True
    )


def _delivery(endpoint: Endpoint, event: "RecordedEvent", *, now: datetime) -> Delivery:
    return Delivery(
        endpoint=endpoint,
        organization_id=endpoint.organization_id,
        event_id=event.id,
        event_name=event.name,
        object_kind=event.object_kind,
        object_id=event.object_id,
        object_label=event.object_label,
        body=rules.body_of(
            name=event.name,
            at=event.happened_at,
            event_id=event.id,
            kind=event.object_kind,
            object_id=event.object_id,
            label=event.object_label,
            facts=event.facts,
        ),
        next_attempt_at=now,
        created_at=now,
    )
