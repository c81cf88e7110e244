-- Whether a measurement rule's later version measures otherwise; see metering/worsening.py.
CREATE FUNCTION metering_version_is_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH version AS (
        SELECT is_old, definition - 'factors' AS terms, definition -> 'factors' AS factors,
            jsonb_build_array(metric_id, window_seconds, grace_seconds) AS columns
        FROM (VALUES (true, before), (false, after)) given (is_old, whole),
            jsonb_to_record(given.whole) AS found (
                definition jsonb, metric_id text, window_seconds integer, grace_seconds integer
            )
    ), measuring AS (
        SELECT is_old, terms, columns, (
            SELECT jsonb_agg(factor - 'source' ORDER BY factor ->> 'chip')
            FROM jsonb_array_elements(factors) factor
        ) AS factors
        FROM version
    )
    SELECT count(DISTINCT (terms, columns, factors)) > 1 FROM measuring
$$;
