"""How much was used within a share of units, moment by moment, whoever counted it."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Final

import msgspec
from django.db import connection

from metering import units
from metering.contracts import Stretch

# At each moment the rates of all readings are added up, of every meter and source, and what goes
# beyond the share is cut off: the same seconds counted under two names are worth no more than once.
# A reading that begins before the stretch or ends after it counts with the part inside. Windows
# that are set aside or were discarded yield no usage, and count for nothing here.
# LATERAL with OFFSET 0 reads each stretch from the index, whatever the planner believes.
WITHIN: Final = """
    WITH stretch AS (
        SELECT * FROM json_to_recordset(%(stretches)s::json) AS wanted(
            n integer, subject uuid, resource_id uuid, starts_at timestamptz,
            ends_at timestamptz, units numeric, unit text
        )
    ), known AS (
        SELECT * FROM json_to_recordset(%(known)s::json) AS known(unit text, per_second numeric)
    ), part AS (
        SELECT stretch.n, stretch.units * known.per_second AS units,
               greatest(reading.starts_at, stretch.starts_at) AS starts_at,
               least(reading.ends_at, stretch.ends_at) AS ends_at,
               CASE WHEN rule.definition ->> 'reads' = 'gauge' THEN reading.quantity
                    ELSE reading.quantity::numeric(68, 30)
                        / extract(epoch FROM reading.ends_at - reading.starts_at) END AS rate,
               rule.definition ->> 'reads' IS DISTINCT FROM 'cumulative'
                   AND lower(rule.definition ->> 'aggregate') = 'sum'
                   AND coalesce(rule.definition ->> 'combine', '') = '' AS is_rateable
        FROM stretch
        JOIN metering_meter meter ON meter.resource_id = stretch.resource_id AND NOT is_trial
        JOIN metering_metric metric ON metric.code = meter.metric_id
            AND metric.unit = stretch.unit
        JOIN known ON known.unit = metric.unit
        JOIN metering_measurementruleversion rule ON rule.id = meter.rule_version_id
        CROSS JOIN LATERAL (
            SELECT DISTINCT starts_at, ends_at FROM metering_usagerecord usage
            WHERE usage.meter_id = meter.id AND usage.subject = stretch.subject
              AND usage.starts_at > stretch.starts_at - interval '1 day'
              AND usage.starts_at < stretch.ends_at AND usage.ends_at > stretch.starts_at
            OFFSET 0
        ) measured
        CROSS JOIN LATERAL (
            SELECT * FROM metering_reading inside
            WHERE inside.meter_id = meter.id AND inside.subject = stretch.subject
              AND inside.starts_at >= measured.starts_at AND inside.starts_at < measured.ends_at
              AND inside.starts_at < stretch.ends_at AND inside.ends_at > stretch.starts_at
            OFFSET 0
        ) reading
    ), change AS (
        SELECT n, units, at, sum(rate) AS rate
        FROM (
            SELECT n, units, starts_at AS at, rate FROM part
            UNION ALL SELECT n, units, ends_at, -rate FROM part
        ) edge
        GROUP BY n, units, at
    ), step AS (
        SELECT n, units, sum(rate) OVER turn AS rate,
               extract(epoch FROM lead(at) OVER turn - at) AS seconds
        FROM change WINDOW turn AS (PARTITION BY n ORDER BY at)
    )
    SELECT n, CASE
        -- Counters, peaks and weighed metrics do not say what was in use at a moment.
        WHEN EXISTS (SELECT FROM part WHERE part.n = step.n AND NOT part.is_rateable)
        THEN (
            SELECT units * known.per_second * extract(epoch FROM ends_at - starts_at)
            FROM stretch JOIN known USING (unit) WHERE stretch.n = step.n
        )
        ELSE round(sum(least(rate, units) * seconds), 12) END
    FROM step WHERE seconds IS NOT NULL GROUP BY n
"""

KNOWN: Final = msgspec.json.encode(
    [{"unit": unit, "per_second": bound.per_second} for unit, bound in units.BOUNDS.items()]
).decode()


def used_within(stretches: Sequence[Stretch]) -> list[Decimal]:
    """Return what was used in each stretch, never more units at one moment than its share."""
    if not stretches:
        return []
    rows = [{"n": n, **asdict(each)} for n, each in enumerate(stretches)]
    used = [Decimal(0)] * len(stretches)
    with connection.cursor() as cursor:
        values = {"stretches": msgspec.json.encode(rows).decode(), "known": KNOWN}
        cursor.execute(WITHIN, values)
        for n, quantity in cursor.fetchall():
            used[n] = quantity
    return used
