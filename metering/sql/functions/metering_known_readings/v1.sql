-- Which of a provider's readings have a known name, and whether they say the same. LATERAL with LIMIT
-- looks each name up in its index, whatever the planner believes of the tables.
CREATE FUNCTION metering_known_readings(told json, whose uuid)
RETURNS TABLE (n integer, is_same boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF suanpan_tenant() NOT IN ('*', whose::text) THEN
        RAISE EXCEPTION 'names of readings are told to whom they belong'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    SELECT reading.n, known.digest = metering_reading_digest(
        meter_id, subject, starts_at, ends_at, quantity, unit, state)
    FROM json_to_recordset(told) AS reading(
        n integer, source text, event_id text, meter_id uuid, subject uuid,
        starts_at timestamptz, ends_at timestamptz, quantity numeric, unit text, state text
    )
    CROSS JOIN LATERAL (
        SELECT digest FROM metering_readingname
        WHERE name = metering_reading_name(whose, source, event_id)
        LIMIT 1
    ) known;
END $$;

REVOKE ALL ON FUNCTION metering_known_readings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering_known_readings TO suanpan_app;
