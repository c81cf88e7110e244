"""Writes of the record: what happened, by set, in the transaction that it records."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from django.db import connection

from common import doing, tenancy, trace
from identity.events import registry
from identity.events.contracts import CONCERNS_MAX, FACTS_BYTES_MAX, LABEL_LENGTH_MAX, Cursor, Event
from identity.events.selectors import after, newest, of_objects

__all__ = ["Cursor", "Event", "after", "make_partitions", "newest", "of_objects", "record"]

_RECORD: Final = "SELECT events_record(%s, %s::jsonb, %s, %s, %s, %s, %s, %s)"


def record(happened: Iterable[Event]) -> None:
    """
    Record what happened, with who did it, on whose behalf and in which request: one statement.

    The caller is inside the transaction that did it: both are committed, or neither.
    """
    rows = [_row(event) for event in happened]
    if not rows:
        return
    doer = doing.current()
    given = [
        tenancy.as_stated(tenancy.PLATFORM),
        msgspec.json.encode(rows).decode(),
        doer.person_id,
        doer.api_key_id,
        doer.agent_id,
        trace.current().program,
        doer.organization_id,
        doing.request_id(),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, given)


def _row(event: Event) -> dict[str, Any]:
    """
    Return an event as the database takes it.

    :raises ValueError: if it has a name that no room entered, or more in it than fits
    """
    concerned = list(dict.fromkeys(event.concerns))
    facts = msgspec.json.encode(dict(event.facts))
    if not registry.is_known(event.name):
        message = f"{event.name} stands in no room's event_names"
        raise ValueError(message)
    if len(facts) > FACTS_BYTES_MAX or len(concerned) > CONCERNS_MAX:
        message = f"{event.name} has {len(facts)} bytes of facts, concerns {len(concerned)}"
        raise ValueError(message)
    return {
        "name": str(event.name),
        "kind": event.object_kind,
        "object": str(event.object_id),
        "label": event.object_label[:LABEL_LENGTH_MAX],
        "facts": msgspec.Raw(facts),
        "at": event.at,
        "concerns": concerned or [None],
    }


def make_partitions(*, months_ahead: int) -> int:
    """Make the months that are missing ahead; return how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT events_make_partitions(%s)", [months_ahead])
        return int(cursor.fetchone()[0])
