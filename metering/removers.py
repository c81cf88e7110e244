"""Raw readings go by whole months when their term is over; names, windows and usage stay."""

from datetime import UTC, date, datetime
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from identity.privacy import removers
from identity.privacy.removers import OverPart, PartStanding, Remover
from metering import services
from metering.month_models import ReadingMonth
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
    standing = PartStanding(reason)
    if newest > before:
        standing = PartStanding.RECORDED_LATELY
    return OverPart(f"{month:%Y-%m}", newest, rows, standing)


def remove(part: OverPart) -> int:
    """Remove the readings of a month; return how many there were. Providers are told."""
    return services.remove_month(month=date.fromisoformat(f"{part.key}-01"))


removers.enter(Remover(TABLE, _("Raw readings"), over, remove))
