"""The statement that measures windows by `measure-2`, as `metering.measure_2` does without it."""

from typing import Final

# Each window's readings are read from the index by themselves, as in MEASURE. Of a counter the
# figure before counts, also that of the time before the window. A row of each part comes first
# (numerator and denominator of what it makes), then one of the subject as a whole.
MEASURE_2: Final = """
    WITH rule AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%(rules)s::json) AS rule(
            id uuid, reads text, aggregate text, look_back integer, states json,
            is_rateable boolean, per_second numeric
        )
    )
    SELECT w.id, sums.* FROM metering_window w
    JOIN metering_meter meter ON meter.id = w.meter_id
    JOIN rule ON rule.id = meter.rule_version_id
    CROSS JOIN LATERAL (
        SELECT grouping(unit) = 1 AS is_whole, subject, unit,
               CASE rule.aggregate
                   WHEN 'max' THEN max(value)
                   WHEN 'latest' THEN (array_agg(
                       value ORDER BY ends_at DESC, starts_at DESC,
                           source COLLATE "C" DESC, event_id COLLATE "C" DESC
                   ) FILTER (WHERE rule.aggregate = 'latest'))[1]
                   WHEN 'unique' THEN count(DISTINCT source)
                       FILTER (WHERE rule.aggregate = 'unique' AND value <> 0)
                   WHEN 'time_weighted_mean' THEN sum(value * length)
                   ELSE CASE rule.reads
                       WHEN 'gauge' THEN sum(value * length) ELSE sum(value) END
               END AS numerator,
               CASE WHEN rule.aggregate = 'time_weighted_mean' THEN sum(length)
                    WHEN rule.aggregate = 'sum' AND rule.reads = 'gauge' THEN 1000000
                    ELSE 1 END AS denominator,
               count(*),
               encode(sha256(string_agg(line, '\\x0a'::bytea ORDER BY line)), 'hex'),
               coalesce(bool_or(is_repeated), false),
               CASE WHEN rule.is_rateable AND NOT coalesce(bool_or(is_repeated), false)
                    THEN sum(most_units) END,
               coalesce(CASE rule.reads
                   WHEN 'gauge' THEN sum(amount * length) FILTER (WHERE unit = '') * 0.000001
                   ELSE sum(amount) FILTER (WHERE unit = '')
               END, 0)
        FROM (
            SELECT subject, unit, source, event_id, starts_at, ends_at, length, amount,
                   amount * coalesce((rule.states ->> state)::numeric, 1) AS value,
                   convert_to(
                       concat_ws(
                           E'\\t', source, event_id,
                           (extract(epoch FROM starts_at) * 1000000)::bigint,
                           (extract(epoch FROM ends_at) * 1000000)::bigint,
                           trim_scale(quantity)
                       )
                       || CASE WHEN unit = '' AND state = '' THEN ''
                               ELSE E'\\t' || unit || E'\\t' || state END
                       || CASE WHEN rule.reads = 'cumulative'
                               THEN E'\\t' || coalesce(trim_scale(before)::text, '') ELSE '' END,
                       'UTF8'
                   ) AS line,
                   rule.aggregate = 'sum' AND rule.reads <> 'cumulative'
                       AND starts_at < max(ends_at) OVER (
                           PARTITION BY subject, unit, source ORDER BY starts_at, id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                       ) AS is_repeated,
                   CASE row_number() OVER (
                       PARTITION BY subject, unit, source ORDER BY starts_at, id
                   ) WHEN 1 THEN max(
                       CASE rule.reads WHEN 'gauge' THEN quantity
                            ELSE quantity * 1000000 / (length * rule.per_second) END
                   ) OVER (PARTITION BY subject, unit, source)
                   END AS most_units
            FROM (
                SELECT told.*,
                       CASE WHEN rule.reads <> 'cumulative' THEN quantity
                            WHEN before IS NULL THEN 0
                            WHEN quantity < before THEN quantity
                            ELSE quantity - before END AS amount
                FROM (
                    SELECT r.id, r.subject, r.unit, r.state, r.source, r.event_id, r.starts_at,
                           r.ends_at, r.quantity,
                           (extract(epoch FROM r.ends_at - r.starts_at) * 1000000)::bigint::numeric
                               AS length,
                           CASE WHEN rule.reads = 'cumulative' THEN coalesce(
                               lag(r.quantity) OVER (
                                   PARTITION BY r.source, r.unit
                                   ORDER BY r.ends_at, r.starts_at, r.event_id COLLATE "C"
                               ),
                               base.quantity
                           ) END AS before
                    FROM metering_reading r
                    LEFT JOIN (
                        SELECT DISTINCT ON (e.source, e.unit) e.source, e.unit, e.quantity
                        FROM metering_reading e
                        WHERE rule.reads = 'cumulative' AND e.meter_id = w.meter_id
                          AND e.starts_at >= w.starts_at - make_interval(secs => rule.look_back)
                          AND e.starts_at < w.starts_at
                        ORDER BY e.source, e.unit, e.ends_at DESC, e.starts_at DESC,
                                 e.event_id COLLATE "C" DESC
                    ) base ON base.source = r.source AND base.unit = r.unit
                    WHERE r.meter_id = w.meter_id
                      AND r.starts_at >= w.starts_at AND r.starts_at < w.ends_at
                ) told
            ) read
        ) inside
        GROUP BY GROUPING SETS ((subject), (subject, unit))
    ) sums
    WHERE w.id = ANY(%(windows)s)
    ORDER BY w.id, sums.subject, sums.is_whole
"""
