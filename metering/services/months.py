"""The months that readings lie in are made before the first reading of them comes."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog
from django.db import connection, transaction

from identity.events import services as events
from metering.event_names import MeteringEvent
from metering.month_models import ReadingMonth, RemovedReadings

logger = structlog.get_logger(__name__)
# Readings are refused that are older than 92 days, which reach into four months before this one.
MONTHS_BACK: Final = 4
MONTHS_AHEAD: Final = 3
DAY: Final = timedelta(days=1)


@transaction.atomic
def keep_months() -> int:
    """Make the months that readings may come for; return how many were missing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_keep_months(%s, %s)", [MONTHS_BACK, MONTHS_AHEAD])
        made = int(cursor.fetchone()[0])
    if made:
        logger.info("metering.months.made", count=made)
    return made


@transaction.atomic
def remove_month(*, month: date) -> int:
    """
    Remove the raw readings of a month for good; return how many there were. Providers are told.

    The database refuses while anything needs or holds them (IntegrityError; its constraint says
    what).
    """
    with connection.cursor() as cursor:
        # They are all counted once more before they go.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT metering_remove_month(%s)", [month])
        (rows,) = cursor.fetchone()
    key = f"{month:%Y-%m}"
    events.record(
        [
            events.Event(
                name=MeteringEvent.READINGS_REMOVED,
                object_kind="reading_month",
                object_id=key,
                object_label=key,
                concerns=[each.provider_id],
                facts={"month": key, "readings": each.readings},
            )
            for each in RemovedReadings.objects.filter(month_id=month).order_by("pk")
        ]
    )
    return int(rows)


def removed_among(moments: Iterable[datetime]) -> frozenset[date]:
    """
    Return the months of some moments whose raw readings were removed.

    A counter's first window looks back into the month before: a removed month reaches a day on.
    """
    wanted = {month_of(moment - reach) for moment in moments for reach in (timedelta(0), DAY)}
    gone = ReadingMonth.objects.filter(pk__in=wanted, removed_at__isnull=False)
    return frozenset(gone.values_list("pk", flat=True))


def is_gone(moment: datetime, removed: frozenset[date]) -> bool:
    """Return whether a reading of a moment would need readings that were removed."""
    return bool(removed) and not removed.isdisjoint({month_of(moment), month_of(moment - DAY)})


def make_missing(moments: Iterable[datetime]) -> None:
    """Make the months of some moments, as where an importer tells of a past that has none yet."""
    wanted = {month_of(moment) for moment in moments}
    known = ReadingMonth.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    for month in sorted(wanted.difference(known)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT metering_make_month(%s)", [month])


def month_of(moment: datetime) -> date:
    """Return the first day of the month of UTC that a moment lies in."""
    return moment.astimezone(UTC).date().replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after one."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
