"""The statements that measure windows as sets."""

from typing import Final

# Taking and measuring are two statements on purpose. The second one's snapshot begins after the
# windows are locked, so a batch that held a window a moment ago is either seen or still waiting.
TAKE_DUE: Final = """
    SELECT w.id, w.meter_id, w.provider_id, w.starts_at, w.ends_at, w.revision,
           meter.resource_id, meter.rule_version_id, meter.is_trial, metric.kind,
           w.admitted_quantity
    FROM (
        SELECT * FROM metering_window
        WHERE state = 'OPEN' AND due_at <= %(now)s
        ORDER BY due_at, id LIMIT %(limit)s
        FOR NO KEY UPDATE SKIP LOCKED
    ) w
    JOIN metering_meter meter ON meter.id = w.meter_id
    JOIN metering_metric metric ON metric.code = meter.metric_id
"""
# The windows of some meters, due or not: whoever reads for them has read all. It waits for others.
TAKE_WHOLE: Final = """
    SELECT w.id, w.meter_id, w.provider_id, w.starts_at, w.ends_at, w.revision,
           meter.resource_id, meter.rule_version_id, meter.is_trial, metric.kind,
           w.admitted_quantity
    FROM (
        SELECT * FROM metering_window
        WHERE state = 'OPEN' AND meter_id = ANY(%(meters)s)
        ORDER BY due_at, id LIMIT %(limit)s
        FOR NO KEY UPDATE
    ) w
    JOIN metering_meter meter ON meter.id = w.meter_id
    JOIN metering_metric metric ON metric.code = meter.metric_id
"""
# The inputs' hash is that of `rules.canonical_line`, sorted by bytes. LATERAL with GROUP BY reads
# each window's readings from the index by itself, whatever the planner believes of the tables.
# A source that counts no time twice never uses more units at one moment than in its busiest
# reading, and all sources together never more than the sum of those.
MEASURE: Final = """
    SELECT w.id, sums.* FROM metering_window w
    CROSS JOIN LATERAL (
        SELECT subject, sum(quantity), count(*),
               encode(sha256(string_agg(line, '\\x0a'::bytea ORDER BY line)), 'hex'),
               coalesce(bool_or(is_repeated), false),
               CASE WHEN NOT coalesce(bool_or(is_repeated), false) THEN sum(most_units) END
        FROM (
            SELECT r.subject, r.quantity,
                   convert_to(concat_ws(
                       E'\\t', r.source, r.event_id,
                       (extract(epoch FROM r.starts_at) * 1000000)::bigint,
                       (extract(epoch FROM r.ends_at) * 1000000)::bigint,
                       trim_scale(r.quantity)
                   ), 'UTF8') AS line,
                   r.starts_at < max(r.ends_at) OVER (
                       PARTITION BY r.subject, r.source ORDER BY r.starts_at, r.id
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                   ) AS is_repeated,
                   CASE row_number() OVER (
                       PARTITION BY r.subject, r.source ORDER BY r.starts_at, r.id
                   ) WHEN 1 THEN max(r.quantity / extract(epoch FROM r.ends_at - r.starts_at))
                       OVER (PARTITION BY r.subject, r.source)
                   END AS most_units
            FROM metering_reading r
            WHERE r.meter_id = w.meter_id
              AND r.starts_at >= w.starts_at AND r.starts_at < w.ends_at
        ) inside
        GROUP BY subject
    ) sums
    WHERE w.id = ANY(%(windows)s)
    ORDER BY w.id, sums.subject
"""
LATEST: Final = """
    SELECT w.id, latest.* FROM metering_window w
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (u.subject)
               u.subject, u.id, u.revision, u.inputs_hash, u.factor, u.factor_source,
               u.certificate_id, u.hour_class, u.factor_row
        FROM metering_usagerecord u
        WHERE u.meter_id = w.meter_id AND u.starts_at = w.starts_at
        ORDER BY u.subject, u.revision DESC
    ) latest
    WHERE w.id = ANY(%(windows)s)
"""
RECORD: Final = """
    INSERT INTO metering_usagerecord (
        sequence, id, provider_id, meter_id, resource_id, subject, starts_at, ends_at, revision,
        supersedes_id, quantity, native_hours, standard_hours, hour_class, class_hours,
        factor_row, factor, factor_source, certificate_id, rule_version_id, is_trial,
        inputs_hash, reading_count, units_max, parts, created_at
    )
    SELECT nextval('metering_usage_sequence'), record.*, %(now)s
    FROM (
        SELECT * FROM json_to_recordset(%(records)s::json) AS record(
            id uuid, provider_id uuid, meter_id uuid, resource_id uuid, subject uuid,
            starts_at timestamptz, ends_at timestamptz, revision integer, supersedes_id uuid,
            quantity numeric, native_hours numeric, standard_hours numeric,
            hour_class text, class_hours numeric, factor_row text, factor numeric,
            factor_source text, certificate_id uuid, rule_version_id uuid, is_trial boolean,
            inputs_hash text, reading_count integer, units_max numeric, parts jsonb
        )
    ) record
"""
# What a window that closes has measured since it last did, its provider's sum has gained.
FINISH: Final = """
    WITH finished AS (
        UPDATE metering_window w
        SET state = CASE WHEN doubt.reason IS NULL THEN 'CLOSED' ELSE 'SET_ASIDE' END,
            set_aside_reason = coalesce(doubt.reason, ''),
            measured_count = CASE WHEN doubt.reason IS NULL THEN taken.count
                                  ELSE w.measured_count END,
            revision = w.revision + 1, closed_at = %(now)s
        FROM unnest(%(windows)s::bigint[], %(counts)s::bigint[]) AS taken(id, count)
        JOIN metering_window before ON before.id = taken.id
        LEFT JOIN unnest(%(doubtful)s::bigint[], %(reasons)s::text[]) AS doubt(id, reason)
            ON doubt.id = taken.id
        WHERE w.id = taken.id
        RETURNING w.provider_id, w.measured_count - before.measured_count AS gained
    )
    INSERT INTO metering_readingsum AS known (provider_id, accepted, measured, discarded)
    SELECT provider_id, 0, sum(gained), 0 FROM finished
    GROUP BY provider_id HAVING sum(gained) <> 0 ORDER BY provider_id
    ON CONFLICT (provider_id) DO UPDATE SET measured = known.measured + excluded.measured
"""
