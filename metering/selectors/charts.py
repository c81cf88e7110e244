"""Reads for the provider's metering page: plain values, one statement each."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from metering.contracts import DailyHours, HeatCell, MeterHealth, MeterState

LIVE_WINDOWS: Final = 2  # a meter is live while its last reading ended within so many windows

DAILY_HOURS: Final = """
    SELECT to_char(usage.starts_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD') AS day,
           resource.resource_class,
           coalesce(sum(usage.standard_hours), 0), coalesce(sum(usage.native_hours), 0)
    FROM metering_usagerecord usage
    JOIN identity_computeresource resource ON resource.id = usage.resource_id
    WHERE usage.provider_id = %(provider)s
      AND usage.starts_at >= %(since)s AND usage.starts_at < %(until)s
      AND NOT EXISTS (
          SELECT FROM metering_usagerecord later WHERE later.supersedes_id = usage.id
      )
    GROUP BY 1, 2 ORDER BY 1, 2
"""
# Capacity is that of the resources which have a time meter, over the hours looked at.
UTILISATION: Final = """
    WITH hours AS (
        SELECT extract(isodow FROM hour AT TIME ZONE %(zone)s)::int AS weekday,
               extract(hour FROM hour AT TIME ZONE %(zone)s)::int AS hour_of_day,
               count(*) AS times
        FROM generate_series(%(since)s::timestamptz, %(until)s::timestamptz
                             - interval '1 hour', interval '1 hour') AS hour
        GROUP BY 1, 2
    ), capacity AS (
        SELECT coalesce(sum(resource.total_milli), 0) AS milli
        FROM identity_computeresource resource
        WHERE resource.provider_id = %(provider)s AND resource.id IN (
            SELECT meter.resource_id FROM metering_meter meter
            JOIN metering_metric metric ON metric.code = meter.metric_id
            WHERE meter.provider_id = %(provider)s AND metric.kind = 'TIME'
        )
    ), used AS (
        SELECT extract(isodow FROM usage.starts_at AT TIME ZONE %(zone)s)::int AS weekday,
               extract(hour FROM usage.starts_at AT TIME ZONE %(zone)s)::int AS hour_of_day,
               sum(usage.native_hours) AS native_hours
        FROM metering_usagerecord usage
        WHERE usage.provider_id = %(provider)s
          AND usage.starts_at >= %(since)s AND usage.starts_at < %(until)s
          AND usage.ends_at <= usage.starts_at + interval '1 hour'
          AND NOT EXISTS (
              SELECT FROM metering_usagerecord later WHERE later.supersedes_id = usage.id
          )
        GROUP BY 1, 2
    )
    SELECT hours.weekday, hours.hour_of_day,
           CASE WHEN capacity.milli = 0 THEN 0
                ELSE round(least(1, coalesce(used.native_hours, 0) * 1000
                                    / (capacity.milli * hours.times)), 4) END
    FROM hours CROSS JOIN capacity
    LEFT JOIN used USING (weekday, hour_of_day)
    ORDER BY 1, 2
"""
HEALTH: Final = """
    SELECT meter.id, meter.name, meter.resource_id, meter.metric_id, metric.unit,
           rule.window_seconds + rule.grace_seconds, last.ends_at,
           coalesce(covered.windows, 0),
           greatest(1, ceil(extract(epoch FROM %(now)s::timestamptz
                   - greatest(%(since)s::timestamptz, meter.registered_at))
                   / rule.window_seconds)),
           coalesce(covered.set_aside, false)
    FROM metering_meter meter
    JOIN metering_metric metric ON metric.code = meter.metric_id
    JOIN metering_measurementruleversion rule ON rule.id = meter.rule_version_id
    LEFT JOIN LATERAL (
        SELECT reading.ends_at FROM metering_reading reading
        WHERE reading.meter_id = meter.id ORDER BY reading.starts_at DESC LIMIT 1
    ) last ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS windows, bool_or(known.state = 'SET_ASIDE') AS set_aside
        FROM metering_window known
        WHERE known.meter_id = meter.id AND known.ends_at > %(since)s AND known.starts_at < %(now)s
    ) covered ON true
    WHERE meter.provider_id = %(provider)s
      AND (%(only)s::uuid[] IS NULL OR meter.id = ANY (%(only)s::uuid[]))
    ORDER BY meter.name, meter.id LIMIT %(limit)s
"""


def daily_hours(
    *, provider_id: UUID, since: datetime, until: datetime, zone: str
) -> list[DailyHours]:
    """Return standard and native hours by local day and resource class."""
    values: dict[str, Any] = {"provider": provider_id, "since": since, "until": until, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(DAILY_HOURS, values)
        return [DailyHours(*row) for row in cursor.fetchall()]


def utilisation_by_hour(
    *, provider_id: UUID, since: datetime, until: datetime, zone: str
) -> list[HeatCell]:
    """
    Return how full a provider's metered capacity was, by weekday and hour of the local week.

    Usage in windows longer than an hour says nothing about hours and is left out.
    """
    values: dict[str, Any] = {"provider": provider_id, "since": since, "until": until, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(UTILISATION, values)
        return [HeatCell(*row) for row in cursor.fetchall()]


def meter_health(
    *,
    provider_id: UUID,
    now: datetime,
    lookback: timedelta,
    limit: int,
    meter_ids: Collection[UUID] | None = None,
) -> list[MeterHealth]:
    """Return how each of a provider's meters, or of some of them, is doing, by name."""
    values: dict[str, Any] = {
        "provider": provider_id,
        "now": now,
        "since": now - lookback,
        "limit": limit,
        "only": None if meter_ids is None else list(meter_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(HEALTH, values)
        rows = cursor.fetchall()
    return [
        MeterHealth(
            meter_id=meter_id,
            name=name,
            resource_id=resource_id,
            metric=metric,
            unit=unit,
            last_reading_at=last,
            coverage=min(Decimal(1), (Decimal(windows) / expected).quantize(Decimal("0.0001"))),
            state=_state(last, now=now, pace_seconds=pace, is_set_aside=set_aside),
        )
        for (
            meter_id,
            name,
            resource_id,
            metric,
            unit,
            pace,
            last,
            windows,
            expected,
            set_aside,
        ) in rows
    ]


def _state(
    last: datetime | None, *, now: datetime, pace_seconds: int, is_set_aside: bool
) -> MeterState:
    if is_set_aside:
        return MeterState.SET_ASIDE
    if last is None:
        return MeterState.SILENT
    late_after = timedelta(seconds=LIVE_WINDOWS * pace_seconds)
    if now - last <= late_after:
        return MeterState.LIVE
    return MeterState.LATE if now - last <= 12 * late_after else MeterState.SILENT
