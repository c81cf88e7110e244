"""Which stretches of a meter's time have readings, and what lies inside of one window."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from metering.models import Reading, Window

HOUR: Final = timedelta(hours=1)
SLICES: Final = 24
SLICED_READINGS_MAX: Final = 100_000

# A window has readings, or it would not be there; the longest lasts a day.
_BY_STEP: Final = """
    SELECT known.meter_id, step.starts_at,
           sum(extract(epoch FROM least(known.ends_at, step.starts_at + %(step)s)
               - greatest(known.starts_at, step.starts_at))) / extract(epoch FROM %(step)s)
    FROM metering_window known
    CROSS JOIN LATERAL generate_series(
        date_bin(%(step)s, greatest(known.starts_at, %(since)s), %(since)s),
        least(known.ends_at, %(until)s) - interval '1 microsecond', %(step)s
    ) AS step(starts_at)
    WHERE known.meter_id = ANY(%(meters)s) AND known.ends_at > %(since)s
      AND known.starts_at > %(since)s::timestamptz - interval '1 day'
      AND known.starts_at < %(until)s
    GROUP BY 1, 2
"""
_GAPS: Final = """
    SELECT ends_at, next_at FROM (
        SELECT ends_at, lead(starts_at, 1, %(until)s) OVER (ORDER BY starts_at) AS next_at
        FROM (
            SELECT %(since)s::timestamptz AS starts_at, %(since)s::timestamptz AS ends_at
            UNION ALL
            SELECT starts_at, ends_at FROM metering_window
            WHERE meter_id = %(meter)s AND ends_at > %(since)s AND starts_at < %(until)s
              AND starts_at > %(since)s::timestamptz - interval '1 day'
        ) known
    ) beside
    WHERE next_at > ends_at
    ORDER BY ends_at DESC LIMIT %(limit)s
"""
_SLICES: Final = """
    SELECT slice.n, r.source, count(*),
           sum(r.quantity * extract(epoch FROM least(r.ends_at, slice.ends_at)
                                               - greatest(r.starts_at, slice.starts_at))
               / extract(epoch FROM r.ends_at - r.starts_at)) / extract(epoch FROM %(step)s)
    FROM (
        SELECT n, %(since)s::timestamptz + n * %(step)s AS starts_at,
               %(since)s::timestamptz + (n + 1) * %(step)s AS ends_at
        FROM generate_series(0, %(slices)s - 1) AS n
    ) slice
    JOIN metering_reading r ON r.meter_id = %(meter)s
        AND r.starts_at >= %(since)s AND r.starts_at < %(until)s
        AND r.starts_at < slice.ends_at AND r.ends_at > slice.starts_at
    GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without readings."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SliceOfWindow:
    """What one source counted in a part of a window: how many readings, how many units."""

    place: int
    source: str
    readings: int
    units: Decimal


def coverage_by_step(
    *, meter_ids: Collection[UUID], since: datetime, until: datetime, step: timedelta
) -> dict[UUID, dict[datetime, Decimal]]:
    """Return which share of each step, counted from `since`, lies in windows with readings."""
    values = {"meters": list(meter_ids), "since": since, "until": until, "step": step}
    found: dict[UUID, dict[datetime, Decimal]] = {each: {} for each in meter_ids}
    for meter_id, starts_at, share in _rows(_BY_STEP, values):
        found[meter_id][starts_at] = min(Decimal(1), share)
    return found


def gaps(*, meter_id: UUID, since: datetime, until: datetime, limit: int) -> list[Gap]:
    """Return the stretches of a meter's time without readings, the latest first."""
    values = {"meter": meter_id, "since": since, "until": until, "limit": limit}
    return [Gap(*row) for row in _rows(_GAPS, values)]


def slices_of(window: Window) -> list[SliceOfWindow]:
    """
    Return what each source counted in each of 24 parts of a window.

    Nothing of a window with more readings than a page can draw.
    """
    if window.reading_count > SLICED_READINGS_MAX:
        return []
    values = {
        "meter": window.meter_id,
        "since": window.starts_at,
        "until": window.ends_at,
        "step": (window.ends_at - window.starts_at) / SLICES,
        "slices": SLICES,
    }
    return [SliceOfWindow(*row) for row in _rows(_SLICES, values)]


def subjects_within(window: Window, *, limit: int) -> list[UUID]:
    """Return the subjects that a window's readings are for."""
    inside = Reading.objects.filter(
        meter_id=window.meter_id,
        starts_at__gte=window.starts_at,
        starts_at__lt=window.ends_at,
    )
    named = inside.exclude(subject=None).order_by("subject")
    found = named.values_list("subject", flat=True).distinct()[:limit]
    return [subject for subject in found if subject is not None]


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
