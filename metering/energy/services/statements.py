"""The statements that count electricity as sets."""

from typing import Final

# Which resources have usage past a place, and from when to when.
DUE: Final = """
    SELECT u.sequence, u.resource_id, u.starts_at, u.ends_at
    FROM metering_usagerecord u
    WHERE u.sequence > %(sequence)s ORDER BY u.sequence LIMIT %(limit)s
"""
# Windows longer than an hour make a day what has to be looked at together.
LONG: Final = """
    SELECT DISTINCT m.resource_id FROM metering_meter m
    JOIN metering_measurementruleversion v ON v.id = m.rule_version_id
    WHERE m.resource_id = ANY(%(resources)s) AND v.window_seconds > 3600
"""
METERS: Final = """
    SELECT m.resource_id, m.id, metric.unit, m.registered_at FROM metering_meter m
    JOIN metering_metric metric ON metric.code = m.metric_id
    WHERE m.resource_id = ANY(%(resources)s) AND NOT m.is_trial AND metric.unit = ANY(%(units)s)
"""
# OFFSET 0 keeps the planner at one look into the index for each stretch and meter.
ROWS: Final = """
    SELECT m.resource_id, m.provider_id, u.id, m.id, m.name, u.subject, u.starts_at, u.ends_at,
           u.quantity, metric.unit
    FROM unnest(%(resources)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS span(resource_id, starts_at, ends_at)
    JOIN metering_meter m ON m.resource_id = span.resource_id AND NOT m.is_trial
    JOIN metering_metric metric ON metric.code = m.metric_id
    CROSS JOIN LATERAL (
        SELECT * FROM metering_usagerecord found
        WHERE found.meter_id = m.id AND NOT found.is_trial
          AND found.starts_at >= span.starts_at AND found.starts_at < span.ends_at
        OFFSET 0
    ) u
    WHERE NOT EXISTS (
        SELECT FROM metering_usagerecord later WHERE later.supersedes_id = u.id
    )
"""
# How much of its window the readings of a record tell of, together: time that several sources
# read counts once. What was archived says nothing here.
READ: Final = """
    SELECT u.id, sum(extract(epoch FROM upper(part) - lower(part))),
           extract(epoch FROM u.ends_at - u.starts_at)
    FROM unnest(%(records)s::uuid[]) AS wanted(id)
    JOIN metering_usagerecord u ON u.id = wanted.id
    CROSS JOIN LATERAL (
        SELECT range_agg(tstzrange(r.starts_at, r.ends_at)) AS told FROM metering_reading r
        WHERE r.meter_id = u.meter_id AND r.starts_at >= u.starts_at AND r.starts_at < u.ends_at
          AND r.subject IS NOT DISTINCT FROM u.subject
        OFFSET 0
    ) readings
    CROSS JOIN LATERAL unnest(readings.told) AS part
    GROUP BY u.id, u.starts_at, u.ends_at
"""
WRITE: Final = """
    INSERT INTO metering_energy_usageenergy (
        usage_id, provider_id, resource_id, starts_at, basis, reason, it_kwh, told, is_current,
        counted_at
    )
    SELECT record.*, true, %(now)s
    FROM json_to_recordset(%(records)s::json) AS record(
        usage_id uuid, provider_id uuid, resource_id uuid, starts_at timestamptz, basis text,
        reason text, it_kwh numeric, told text
    )
    ON CONFLICT (usage_id) DO UPDATE
    SET basis = excluded.basis, reason = excluded.reason, it_kwh = excluded.it_kwh,
        told = excluded.told, counted_at = excluded.counted_at
    WHERE (metering_energy_usageenergy.basis, metering_energy_usageenergy.reason,
           metering_energy_usageenergy.it_kwh, metering_energy_usageenergy.told)
        IS DISTINCT FROM (excluded.basis, excluded.reason, excluded.it_kwh, excluded.told)
"""
# What a later revision superseded keeps its figure and counts no more.
SUPERSEDE: Final = """
    UPDATE metering_energy_usageenergy e SET is_current = false
    FROM metering_usagerecord later
    WHERE later.sequence > %(after)s AND later.sequence <= %(until)s
      AND later.supersedes_id = e.usage_id AND e.is_current
"""
NOTICE: Final = """
    INSERT INTO metering_energy_changedhour (provider_id, resource_id, starts_at, noticed_at)
    SELECT DISTINCT resource.provider_id, hour.resource_id, hour.starts_at, %(now)s::timestamptz
    FROM unnest(%(resources)s::uuid[], %(starts)s::timestamptz[]) AS hour(resource_id, starts_at)
    JOIN identity_computeresource resource ON resource.id = hour.resource_id
"""
