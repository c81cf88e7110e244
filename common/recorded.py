"""
Which transaction recorded a fact, so that who follows the facts by a cursor never misses one.

Identifiers and times are made before a commit: by them a reader would pass over what a slower
transaction commits later. A reader who stays behind the oldest transaction that still runs, and
goes by the number of the transaction, sees everything exactly once.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value
from django.db.models.functions import Cast

NIL: Final = UUID(int=0)
FIELD: Final = "recorded_in"
FRONTIER: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class _Beyond(Func):
    template = "(%(expressions)s)"
    arg_joiner = " > "
    output_field = BooleanField()


class _Row(Func):
    template = "ROW(%(expressions)s)"
    output_field = models.TextField()


@dataclass(frozen=True, slots=True, order=True)
class RecordedPlace:
    """A row's place in the order of recording: its transaction, then its identifier."""

    transaction: int = 0
    id: UUID = NIL


def in_transaction() -> "BigIntegerField[int, int]":
    """Return the column in which a table of facts keeps who recorded a row."""
    return BigIntegerField(
        editable=False,
        db_default=Cast(
            Cast(Func(function="pg_current_xact_id"), models.TextField()), BigIntegerField()
        ),
        help_text="the transaction that recorded it, set by the database",
    )


def recorded_after(
    rows: QuerySet[Any], place: RecordedPlace, *, limit: int, field: str = FIELD
) -> QuerySet[Any]:
    """Return the next rows past a place, in the order of recording, behind what still runs."""
    row = _Row(F(field), F("id"))
    past = _Row(
        Value(place.transaction, output_field=BigIntegerField()),
        Value(place.id, output_field=models.UUIDField()),
    )
    found = rows.filter(_Beyond(row, past), **{f"{field}__lt": frontier()})
    return found.order_by(field, "id")[:limit]


def frontier() -> int:
    """Return the oldest transaction that still runs; everything before it is there or never."""
    with connection.cursor() as cursor:
        cursor.execute(FRONTIER)
        return int(cursor.fetchone()[0])
