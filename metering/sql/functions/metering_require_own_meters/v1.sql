-- Readings belong to a meter of their provider. Checked once a statement, not once a row: the
-- foreign key cost a third of taking a batch. A meter's identity never changes and no meter is ever
-- removed, so what is checked when readings arrive stays true.
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
    RETURN NULL;
END $$;
