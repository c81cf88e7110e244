"""Raw readings go by whole months when their term is over; names, windows and usage stay."""

from datetime import UTC, date, datetime
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from identity.events import services as events
from identity.privacy import removers
from identity.privacy.removers import OverPart, Remover, Standing
from metering.event_names import MeteringEvent
from metering.month_models import ReadingMonth, RemovedReadings
from metering.services.months import next_month

TABLE: Final = "metering_reading"


def over(before: datetime) -> list[OverPart]:
    """Return the months that ended before a moment and whose readings are there."""
    last = before.astimezone(UTC).date()
    there = ReadingMonth.objects.filter(removed_at=None, month__lt=last).order_by("month")
    return [_part(each.month, before) for each in there if next_month(each.month) <= last]


def _part(month: date, before: datetime) -> OverPart:
    with connection.cursor() as cursor:
        cursor.execute("SELECT newest, reason FROM metering_month_stands(%s)", [month])
        newest, reason = cursor.fetchone()
        cursor.execute(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)",
            [f"public.metering_reading_{month:%Y_%m}"],
        )
        (rows,) = cursor.fetchone()
    standing = Standing(reason)
    if newest > before:
        standing = Standing.RECORDED_LATELY
    return OverPart(f"{month:%Y-%m}", newest, rows, standing)


def remove(part: OverPart) -> int:
    """Remove the readings of a month; return how many there were. Providers are told."""
    month = date.fromisoformat(f"{part.key}-01")
    with connection.cursor() as cursor:
        # They are all counted once more before they go.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT metering_remove_month(%s)", [month])
        (rows,) = cursor.fetchone()
    events.record(
        [
            events.Event(
                name=MeteringEvent.READINGS_REMOVED,
                object_kind="reading_month",
                object_id=part.key,
                object_label=part.key,
                concerns=[each.provider_id],
                facts={"month": part.key, "readings": each.readings},
            )
            for each in RemovedReadings.objects.filter(month_id=month).order_by("pk")
        ]
    )
    return int(rows)


removers.register(Remover(TABLE, _("Raw readings"), over, remove))
