-- Readings belong to a meter of their provider, and name an agent of it or none. Checked once a
-- statement, not once a row: foreign keys cost a third of taking a batch. A meter's identity never
-- changes and no meter or agent is ever removed, so what is checked when readings arrive stays true.
CREATE FUNCTION metering_require_own_meters() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT meter_id, provider_id FROM arrived) reading
        WHERE NOT EXISTS (
            SELECT FROM metering_meter meter
            WHERE meter.id = reading.meter_id
              AND meter.provider_id = reading.provider_id
        )
    ) THEN
        RAISE EXCEPTION 'a reading names no meter of its provider'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT agent_id, provider_id FROM arrived) reading
        WHERE agent_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM identity_meteringagent agent
            WHERE agent.id = reading.agent_id
              AND agent.organization_id = reading.provider_id
        )
    ) THEN
        RAISE EXCEPTION 'a reading names no agent of its provider'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
