-- Take a provider's readings, each name once and for good, and make the windows due that they touch.
-- Nothing else writes readings or names. Names are inserted in their order, so that two batches with
-- the same readings wait for each other in one direction only. Return how many were new, and the
-- places `n` of those whose name is known with other content.
CREATE FUNCTION metering_take_readings(
    told json, whose uuid, signer uuid, received timestamptz,
    OUT accepted integer, OUT conflicts integer[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    wanted integer;
BEGIN
    WITH incoming AS MATERIALIZED (
        SELECT DISTINCT ON (name) reading.*, named.name
        FROM json_to_recordset(told) AS reading(
            n integer, source text, event_id text, meter_id uuid, subject uuid,
            starts_at timestamptz, ends_at timestamptz, quantity numeric, unit text, state text
        ), LATERAL (SELECT metering_reading_name(whose, source, event_id) AS name) named
        ORDER BY name, n
    ), fresh AS (
        INSERT INTO metering_readingname (name, digest)
        SELECT name, metering_reading_digest(
            meter_id, subject, starts_at, ends_at, quantity, unit, state)
        FROM incoming ORDER BY name
        ON CONFLICT (name) DO NOTHING
        RETURNING name
    ), inserted AS (
        INSERT INTO metering_reading (
            provider_id, meter_id, source, event_id, subject,
            starts_at, ends_at, quantity, unit, state, agent_id, received_at
        )
        SELECT whose, meter_id, source, event_id, subject,
               starts_at, ends_at, quantity, unit, state, signer, received
        FROM incoming JOIN fresh USING (name) ORDER BY n
        RETURNING meter_id, starts_at
    ), touched AS (
        SELECT inserted.meter_id, rule.grace_seconds,
               make_interval(secs => rule.window_seconds) AS length,
               date_bin(
                   make_interval(secs => rule.window_seconds), inserted.starts_at, 'epoch'
               ) AS starts_at,
               CASE WHEN rule.definition ->> 'reads' = 'cumulative'
                    THEN make_interval(secs => greatest(rule.window_seconds, 3600)) END AS ahead,
               count(*) AS taken
        FROM inserted
        JOIN metering_meter meter ON meter.id = inserted.meter_id
        JOIN metering_measurementruleversion rule ON rule.id = meter.rule_version_id
        GROUP BY 1, 2, 3, 4, 5
    ), after AS (
        -- What a counter says is where the windows after it begin: they are measured again.
        UPDATE metering_window later SET state = 'OPEN', set_aside_reason = ''
        FROM touched
        WHERE touched.ahead IS NOT NULL AND later.meter_id = touched.meter_id
          AND later.starts_at >= touched.starts_at + touched.length
          AND later.starts_at < touched.starts_at + touched.length + touched.ahead
          AND later.state <> 'OPEN'
          AND (later.meter_id, later.starts_at) NOT IN (SELECT meter_id, starts_at FROM touched)
    ), due AS (
        INSERT INTO metering_window AS known (
            provider_id, meter_id, starts_at, ends_at, due_at, state, revision, set_aside_reason,
            reading_count, measured_count
        )
        SELECT whose, meter_id, starts_at, starts_at + length,
               starts_at + length + make_interval(secs => grace_seconds), 'OPEN', 0, '', taken, 0
        FROM touched ORDER BY meter_id, starts_at
        ON CONFLICT (meter_id, starts_at) DO UPDATE
            SET state = 'OPEN', set_aside_reason = '',
                reading_count = known.reading_count + excluded.reading_count
    )
    SELECT (SELECT count(*) FROM inserted), json_array_length(told) INTO accepted, wanted;

    conflicts := '{}';
    IF accepted < wanted THEN
        -- A statement of its own: it sees what another batch committed a moment ago.
        SELECT coalesce(array_agg(n ORDER BY n) FILTER (WHERE NOT is_same), '{}') INTO conflicts
        FROM metering_known_readings(told, whose);
    END IF;
END $$;

REVOKE ALL ON FUNCTION metering_take_readings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering_take_readings TO suanpan_app;
