-- How long a period lies in each month and band of a plan's calendar, in microseconds, in the order
-- of time. See pricing/calendars.py.
CREATE FUNCTION pricing_time_cells(terms jsonb, starts_at timestamptz, ends_at timestamptz)
RETURNS TABLE (month text, band text, microseconds numeric)
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH day AS (
        SELECT d::date AS day, to_char(d, 'YYYY-MM') AS month,
               greatest((d::date)::timestamp AT TIME ZONE (terms ->> 'zone'), starts_at) AS opens,
               least((d::date + 1)::timestamp AT TIME ZONE (terms ->> 'zone'), ends_at) AS closes,
               CASE WHEN coalesce(terms -> 'holidays', '[]') ? (d::date)::text THEN 'holiday'
                    WHEN extract(isodow FROM d) < 6
                        OR coalesce(terms -> 'workdays', '[]') ? (d::date)::text THEN 'workday'
                    ELSE 'weekend' END AS kind
        FROM generate_series(
            (starts_at AT TIME ZONE (terms ->> 'zone'))::date - 1,
            (ends_at AT TIME ZONE (terms ->> 'zone'))::date + 1, interval '1 day') AS d
    ), band AS (
        SELECT day.day, said.place, said.time ->> 'band' AS band,
               (day.day + (said.time ->> 'from')::time) AT TIME ZONE (terms ->> 'zone') AS low,
               (day.day + (said.time ->> 'until')::time) AT TIME ZONE (terms ->> 'zone') AS high
        FROM day, jsonb_array_elements(coalesce(terms -> 'bands', '[]'))
            WITH ORDINALITY AS said (time, place)
        WHERE day.opens < day.closes AND said.time -> 'days' ? day.kind
          AND (NOT said.time ? 'months'
               OR said.time -> 'months' @> to_jsonb(extract(month FROM day.day)::integer))
    ), edge AS (
        SELECT day.day, day.month, edge.at
        FROM day, LATERAL (
            SELECT day.opens AS at UNION SELECT day.closes
            UNION SELECT band.low FROM band WHERE band.day = day.day
            UNION SELECT band.high FROM band WHERE band.day = day.day
        ) edge
        WHERE day.opens < day.closes AND edge.at BETWEEN day.opens AND day.closes
    ), stretch AS (
        SELECT day, month, at AS low, lead(at) OVER (PARTITION BY day ORDER BY at) AS high FROM edge
    ), named AS (
        SELECT stretch.month, stretch.low, stretch.high, coalesce((
            SELECT band.band FROM band
            WHERE band.day = stretch.day AND band.low <= stretch.low AND stretch.high <= band.high
            ORDER BY band.place LIMIT 1), 'flat') AS band
        FROM stretch WHERE stretch.high > stretch.low
    )
    SELECT month, band, sum(extract(epoch FROM high - low) * 1000000)
    FROM named GROUP BY month, band ORDER BY min(low)
$$;
