"""
The statements that roll up as sets.

An hour is added up from its records, a day from its hours and from the records of longer windows
that begin on it, a month from its days: each in full and anew, so that a revision changes exactly
what it touches and doing it twice changes nothing.
"""

from typing import Final

_COLUMNS: Final = """
    span, starts_at, provider_id, resource_id, unit, quantity, native_hours, standard_hours,
    measured_kwh, estimated_kwh, records, unknown_energy, readings
"""
_CHANGED: Final = """
    ON CONFLICT (span, resource_id, starts_at, unit) DO UPDATE
    SET quantity = excluded.quantity, native_hours = excluded.native_hours,
        standard_hours = excluded.standard_hours, measured_kwh = excluded.measured_kwh,
        estimated_kwh = excluded.estimated_kwh, records = excluded.records,
        unknown_energy = excluded.unknown_energy, readings = excluded.readings
    WHERE (r.quantity, r.native_hours, r.standard_hours, r.measured_kwh, r.estimated_kwh,
           r.records, r.unknown_energy, r.readings)
        IS DISTINCT FROM (excluded.quantity, excluded.native_hours, excluded.standard_hours,
           excluded.measured_kwh, excluded.estimated_kwh, excluded.records,
           excluded.unknown_energy, excluded.readings)
"""
# The records that count: the newest of each window and subject, of no trial. `{inside}` is the
# windows that are taken, by their length.
_RECORDS: Final = """
    SELECT {span} AS span, span.starts_at, m.provider_id, m.resource_id, metric.unit,
           sum(u.quantity), sum(u.native_hours), coalesce(sum(u.standard_hours), 0),
           coalesce(sum(e.it_kwh) FILTER (WHERE e.basis = 'MEASURED'), 0),
           coalesce(sum(e.it_kwh) FILTER (WHERE e.basis = 'ESTIMATED'), 0),
           count(*), count(*) FILTER (WHERE e.it_kwh IS NULL), sum(u.reading_count)
    FROM unnest(%(resources)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS span(resource_id, starts_at, ends_at)
    JOIN metering_meter m ON m.resource_id = span.resource_id AND NOT m.is_trial
    JOIN metering_metric metric ON metric.code = m.metric_id
    CROSS JOIN LATERAL (
        SELECT * FROM metering_usagerecord found
        WHERE found.meter_id = m.id AND NOT found.is_trial
          AND found.starts_at >= span.starts_at AND found.starts_at < span.ends_at
          AND {inside}
        OFFSET 0
    ) u
    LEFT JOIN metering_energy_usageenergy e ON e.usage_id = u.id
    WHERE NOT EXISTS (
        SELECT FROM metering_usagerecord later WHERE later.supersedes_id = u.id
    )
    GROUP BY span.starts_at, m.provider_id, m.resource_id, metric.unit
"""
HOURS: Final = f"""
    INSERT INTO metering_statistics_rollup AS r ({_COLUMNS})
    {_RECORDS.format(span="'HOUR'", inside="found.ends_at <= found.starts_at + interval '1 hour'")}
    {_CHANGED}
"""
_SUMMED: Final = """
    sum(quantity), sum(native_hours), sum(standard_hours), sum(measured_kwh),
    sum(estimated_kwh), sum(records), sum(unknown_energy), sum(readings)
"""
_PARTS: Final = """
    SELECT {span} AS span, span.starts_at, part.provider_id, part.resource_id, part.unit,
           part.quantity, part.native_hours, part.standard_hours, part.measured_kwh,
           part.estimated_kwh, part.records, part.unknown_energy, part.readings
    FROM unnest(%(resources)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS span(resource_id, starts_at, ends_at)
    JOIN metering_statistics_rollup part
      ON part.span = {part} AND part.resource_id = span.resource_id
     AND part.starts_at >= span.starts_at AND part.starts_at < span.ends_at
"""
_LONG: Final = _RECORDS.format(
    span="'DAY'", inside="found.ends_at > found.starts_at + interval '1 hour'"
)
DAYS: Final = f"""
    INSERT INTO metering_statistics_rollup AS r ({_COLUMNS})
    SELECT span, starts_at, provider_id, resource_id, unit, {_SUMMED}
    FROM (
        {_PARTS.format(span="'DAY'", part="'HOUR'")}
        UNION ALL
        {_LONG}
    ) whole ({_COLUMNS})
    GROUP BY span, starts_at, provider_id, resource_id, unit
    {_CHANGED}
"""
MONTHS: Final = f"""
    INSERT INTO metering_statistics_rollup AS r ({_COLUMNS})
    SELECT span, starts_at, provider_id, resource_id, unit, {_SUMMED}
    FROM ({_PARTS.format(span="'MONTH'", part="'DAY'")}) whole
    GROUP BY span, starts_at, provider_id, resource_id, unit
    {_CHANGED}
"""
# What resources have now, where it differs from what was noticed last. A new resource had it since
# it was registered; a withdrawn one has nothing.
CAPACITY: Final = """
    INSERT INTO metering_statistics_capacityspan (provider_id, resource_id, starts_at, total_milli)
    SELECT resource.provider_id, resource.id,
           CASE WHEN last.total_milli IS NULL THEN resource.registered_at ELSE %(now)s END, now_has
    FROM identity_computeresource resource
    CROSS JOIN LATERAL (
        SELECT CASE WHEN resource.status = 'WITHDRAWN' THEN 0 ELSE resource.total_milli END
    ) has(now_has)
    LEFT JOIN LATERAL (
        SELECT total_milli FROM metering_statistics_capacityspan known
        WHERE known.resource_id = resource.id ORDER BY known.starts_at DESC LIMIT 1
    ) last ON true
    WHERE last.total_milli IS DISTINCT FROM now_has
    ON CONFLICT (resource_id, starts_at) DO UPDATE SET total_milli = excluded.total_milli
"""
