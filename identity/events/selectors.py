"""
Reads of the record.

A program follows it by a cursor that misses nothing (`after`); people look at it newest first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from common.errors import Forbidden
from identity.contracts import Actor, Role
from identity.events.contracts import BATCH_MAX, NIL, Cursor
from identity.events.models import RecordedEvent

# Where a window ends, and before which identifier nothing in it begins. What transactions before
# the oldest that still runs recorded is there, and nothing joins it any more. MATERIALIZED: else
# the planner might look for the least identifier through the whole record.
_OPEN_WINDOW: Final = """
    WITH edge AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS high),
    fresh AS MATERIALIZED (
        SELECT id FROM events_event
        WHERE xid >= %(low)s AND xid < (SELECT high FROM edge) AND %(low)s > 0
    )
    SELECT high, (SELECT id FROM fresh ORDER BY id LIMIT 1) FROM edge
"""
# The first transaction of a window that told of an object after one beyond the window had told of
# it: it was numbered first, and had its turn second.
_TOLD_TOO_EARLY: Final = """
    SELECT min(later.xid)
    FROM events_event earlier JOIN events_event later
      ON later.object_id = earlier.object_id AND later.object_kind = earlier.object_kind
     AND later.id > earlier.id
    WHERE earlier.xid >= %(high)s AND later.xid >= %(low)s AND later.xid < %(high)s
"""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A day, as identifiers count time: how far two clocks that made some may be apart.
_CLOCKS_APART: Final = 86_400_000 << 80


# Whose duty is to see what everybody does.
READERS_OF_ALL: Final = frozenset({Role.AUDITOR, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in the order in which they were recorded, and the cursor for what comes next."""

    events: Sequence[RecordedEvent]
    cursor: Cursor
    has_more: bool  # False: the reader has everything that is there


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a reader wants; what is empty or none does not matter."""

    name: str = ""
    object_kind: str = ""
    object_id: str = ""
    person_id: int | None = None
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None

    def condition(self) -> Q:
        """Return the condition of these events."""
        found = recorded_between(self.recorded_from, self.recorded_until)
        if self.name:
            found &= Q(name=self.name) | Q(name__startswith=f"{self.name}.")
        for column in ("object_kind", "object_id", "person_id"):
            if value := getattr(self, column):
                found &= Q((column, value))
        return found


def reads_all(actor: Actor) -> bool:
    """Return whether an actor reads what concerns anybody."""
    return actor.has_role(*READERS_OF_ALL)


def scope_of(actor: Actor, organization_id: UUID | None = None) -> UUID | None:
    """
    Return whose events an actor reads; None: everybody's.

    :raises Forbidden: if another organisation's are asked for by who does not read all
    """
    if reads_all(actor):
        return organization_id
    if organization_id not in (None, actor.organization_id):
        raise Forbidden(field="organization_id")
    return actor.organization_id


def concerned(ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return which organisations events concern, as far as the transaction's tenant sees them."""
    found: dict[UUID, list[UUID]] = {each: [] for each in ids}
    rows = RecordedEvent.objects.filter(id__in=list(ids))
    for event_id, organization_id in rows.order_by("id", "place").values_list(
        "id", "organization_id"
    ):
        if organization_id is not None:
            found[event_id].append(organization_id)
    return found


def after(
    cursor: Cursor,
    *,
    limit: int,
    organization_id: UUID | None = None,
    only: Q | None = None,
) -> Batch:
    """
    Return what was recorded after a cursor, each event once and none ever missed.

    A reader goes through windows of transactions that are all over. In a window events come in the
    order in which they were recorded: what happened to one object, behind its lock, is told in that
    order, though the transaction that came second may have begun first; where the one that came
    first lies beyond the window, the window ends before the second. Without an organisation the
    reader acts for the market and sees every event.
    """
    assert 1 <= limit <= BATCH_MAX
    if cursor.low == cursor.high:
        cursor = _next_window(cursor)
    found = recorded(organization_id).filter(id__gt=cursor.last)
    # Not by the index of transactions: a page costs its rows, however large the window is.
    found = found.alias(bare_xid=F("xid") + 0).filter(
        bare_xid__gte=cursor.low, bare_xid__lt=cursor.high
    )
    if only is not None:
        found = found.filter(only)
    is_empty = cursor.low == cursor.high
    rows: Sequence[RecordedEvent] = [] if is_empty else list(found.order_by("id")[: limit + 1])
    if len(rows) > limit:
        rows = rows[:limit]
        return Batch(rows, Cursor(cursor.low, cursor.high, rows[-1].id), has_more=True)
    return Batch(rows, Cursor(cursor.high, cursor.high), has_more=False)


def newest() -> Cursor:
    """Return the cursor of who wants only what is recorded from now on."""
    high, _first = _window(low=0)
    return Cursor(high, high)


def of_objects(kind: str, ids: Collection[UUID]) -> dict[UUID, list[RecordedEvent]]:
    """Return what happened to objects, each event once, oldest first: one query for all."""
    found = RecordedEvent.objects.filter(
        object_kind=kind, object_id__in=[str(each) for each in ids]
    )
    if ids and all(each.version == 7 for each in ids):
        # Nothing happens to an object before it has an identifier: older months are left out.
        found = found.filter(id__gte=UUID(int=max(min(ids).int - _CLOCKS_APART, 0)))
    told: dict[UUID, list[RecordedEvent]] = {each: [] for each in ids}
    for event in {row.id: row for row in found.order_by("id")}.values():
        told[UUID(event.object_id)].append(event)
    return told


def recorded(organization_id: UUID | None) -> QuerySet[RecordedEvent]:
    """Return the events that concern an organisation, or each event once for the market."""
    if organization_id is None:
        return RecordedEvent.objects.filter(place=0)
    return RecordedEvent.objects.filter(organization_id=organization_id)


def concerning(
    ids: Collection[UUID], organization_ids: Collection[UUID]
) -> QuerySet[RecordedEvent]:
    """Return events for each of some organisations that they concern, in order."""
    return RecordedEvent.objects.filter(id__in=ids, organization_id__in=organization_ids).order_by(
        "id"
    )


def recorded_between(start: datetime | None, end: datetime | None) -> Q:
    """Return the condition of what was recorded in a time; other months are left unread."""
    found = Q()
    if start is not None:
        found &= Q(id__gte=first_id(start))
    if end is not None:
        found &= Q(id__lt=first_id(end))
    return found


def first_id(moment: datetime) -> UUID:
    """Return the identifier before which nothing was recorded from a moment on."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


def _next_window(cursor: Cursor) -> Cursor:
    """Return the window after the one that was read, and where in it to begin."""
    high, first = _window(low=cursor.low)
    if high <= cursor.low or (first is None and cursor.low > 0):
        high = max(high, cursor.low)
        return Cursor(high, high)
    high = _end_in_order(low=cursor.low, high=high)
    return Cursor(cursor.low, high, UUID(int=first.int - 1) if first else NIL)


def _end_in_order(*, low: int, high: int) -> int:
    """Return where a window ends that tells of no object what came after something beyond it."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_TOLD_TOO_EARLY, {"low": low, "high": high})
            (too_early,) = cursor.fetchone()
            if too_early is None:
                return high
            high = int(too_early)


def _window(*, low: int) -> tuple[int, UUID | None]:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_WINDOW, {"low": low})
        high, first = cursor.fetchone()
    return int(high), first
