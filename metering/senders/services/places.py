"""Where each series stands: its row is held while it is followed, and written as a set."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from metering.rules import EPOCH, microseconds
from metering.senders.contracts import WAITING_MAX, SampleRefusal, SamplesTaken
from metering.senders.counting import Sample, SeriesPlace
from metering.senders.models import Series
from metering.senders.services.sorting import Following

_WAIT: Final = """
    INSERT INTO metering_senders_waitingsample
        (series_id, provider_id, moment, value, began_at, arrived_at)
    SELECT series_id, provider_id, moment, value, began_at, %(now)s
    FROM json_to_recordset(%(samples)s::json) AS sample(
        series_id bigint, provider_id uuid, moment timestamptz, value text, began_at timestamptz
    ) ORDER BY series_id, moment
    ON CONFLICT (series_id, moment) DO NOTHING
    RETURNING series_id
"""
# A sample is followed when it, or a later one, has waited long enough; so are the oldest of more
# than may wait.
_RELEASE: Final = """
    WITH held AS (
        SELECT waiting.series_id, waiting.moment,
               arrived_at + make_interval(secs => asked.wait_seconds) <= %(now)s AS is_due,
               row_number() OVER (
                   PARTITION BY waiting.series_id ORDER BY waiting.moment DESC
               ) > %(most)s AS is_beyond
        FROM unnest(%(ids)s::bigint[], %(waits)s::integer[]) AS asked(series_id, wait_seconds)
        JOIN metering_senders_waitingsample waiting USING (series_id)
    ), until AS (
        SELECT series_id, max(moment) AS moment FROM held WHERE is_due OR is_beyond GROUP BY 1
    )
    DELETE FROM metering_senders_waitingsample waiting USING until
    WHERE waiting.series_id = until.series_id AND waiting.moment <= until.moment
    RETURNING waiting.series_id, waiting.moment, value, began_at
"""
_NEXT: Final = """
    SELECT series_id, min(arrived_at) FROM metering_senders_waitingsample
    WHERE series_id = ANY(%s) GROUP BY 1
"""
_COLUMNS: Final = {
    "factor": "text",
    "gap_seconds": "integer",
    "wait_seconds": "integer",
    "subject": "uuid",
    "passed_at": "timestamptz",
    "base_at": "timestamptz",
    "base_value": "text",
    "due_at": "timestamptz",
    "samples": "bigint",
    "readings": "bigint",
    "refused": "bigint",
    "refused_code": "text",
    "behind": "bigint",
    "not_numbers": "bigint",
    "stale": "bigint",
    "resets": "bigint",
    "gaps": "bigint",
    "seen_at": "timestamptz",
}
_KEEP: Final = f"""
    UPDATE metering_senders_series known
    SET {", ".join(f"{name} = moved.{name}" for name in _COLUMNS)}
    FROM json_to_recordset(%s::json) AS moved(
        id bigint, {", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())}
    ) WHERE known.id = moved.id
"""


def moment_of(micro: int) -> datetime:
    """Return a moment that is given in microseconds."""
    return EPOCH + timedelta(microseconds=micro)


def held_places(
    provider_id: UUID, wanted: Mapping[str, Following], *, now: datetime, taken: SamplesTaken
) -> dict[str, Series]:
    """
    Return the rows of series, held until the commit; new ones are entered as far as may be.

    They are held in the order of their keys, so that two requests wait in one direction only.
    """
    rows = _locked(provider_id, wanted)
    missing = sorted(key for key in wanted if key not in rows)
    if not missing:
        return rows
    room = settings.METERING_SENDERS_SERIES_MAX
    room -= Series.objects.filter(provider_id=provider_id).count()
    for key in missing[max(room, 0) :]:
        taken.refused[SampleRefusal.SERIES] += wanted[key].count
    fresh = missing[: max(room, 0)]
    Series.objects.bulk_create(
        [_fresh(provider_id, wanted[key], now) for key in fresh], ignore_conflicts=True
    )
    return rows | _locked(provider_id, fresh)


def _locked(provider_id: UUID, keys: Iterable[str]) -> dict[str, Series]:
    found = Series.objects.filter(provider_id=provider_id, key__in=list(keys))
    return {row.key: row for row in found.order_by("key").select_for_update(no_key=True)}


def _fresh(provider_id: UUID, following: Following, now: datetime) -> Series:
    told = following.followed
    return Series(
        provider_id=provider_id,
        key=told.key,
        metric=told.metric,
        labels=dict(told.labels),
        meter_id=told.meter.id,
        reads=told.reads,
        factor=str(told.factor),
        gap_seconds=told.gap_seconds,
        wait_seconds=told.wait_seconds,
        subject=told.subject,
        first_seen_at=now,
        seen_at=now,
    )


def place_of(row: Series) -> SeriesPlace:
    """Return up to where a series was followed."""
    return SeriesPlace(
        passed_at=microseconds(row.passed_at) if row.passed_at else None,
        base_at=microseconds(row.base_at) if row.base_at else None,
        base_value=row.base_value,
    )


def move(row: Series, place: SeriesPlace) -> None:
    """Let a row stand at a place."""
    row.passed_at = moment_of(place.passed_at) if place.passed_at is not None else None
    row.base_at = moment_of(place.base_at) if place.base_at is not None else None
    row.base_value = place.base_value if place.base_at is not None else ""
    for name, count in place.odd.items():
        setattr(row, name, getattr(row, name) + count)


def wait(samples: Iterable[tuple[Series, Sample]], *, now: datetime) -> Counter[int]:
    """Let samples wait; return how many of each series were not known yet."""
    rows = [
        {
            "series_id": row.pk,
            "provider_id": row.provider_id,
            "moment": moment_of(sample.moment),
            "value": sample.value,
            "began_at": moment_of(sample.began_at) if sample.began_at else None,
        }
        for row, sample in samples
    ]
    if not rows:
        return Counter()
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, {"samples": msgspec.json.encode(rows).decode(), "now": now})
        return Counter(series_id for (series_id,) in cursor.fetchall())


def release(rows: Collection[Series], *, now: datetime) -> dict[int, list[Sample]]:
    """Return the samples that have waited long enough, in their order; the rows are held."""
    if not rows:
        return {}
    given: dict[str, Any] = {
        "ids": [row.pk for row in rows],
        "waits": [row.wait_seconds for row in rows],
        "now": now,
        "most": WAITING_MAX,
    }
    found: dict[int, list[Sample]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, given)
        for series_id, moment, value, began_at in cursor.fetchall():
            began = microseconds(began_at) if began_at else 0
            found[series_id].append(Sample(microseconds(moment), value, began))
        cursor.execute(_NEXT, [given["ids"]])
        first = dict(cursor.fetchall())
    for row in rows:
        arrived = first.get(row.pk)
        row.due_at = arrived + timedelta(seconds=row.wait_seconds) if arrived else None
    return {
        series_id: sorted(samples, key=lambda each: each.moment)
        for series_id, samples in found.items()
    }


def keep(rows: Iterable[Series]) -> None:
    """Write where series stand, in one statement."""
    told: list[dict[str, Any]] = [
        {"id": row.pk, **{name: getattr(row, name) for name in _COLUMNS}} for row in rows
    ]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [msgspec.json.encode(told).decode()])
