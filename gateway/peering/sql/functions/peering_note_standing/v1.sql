-- A resource, or its owner as a whole, is suspended or back: so is each code that is answered.
CREATE FUNCTION peering_note_standing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duestatus (code, due_at)
    SELECT e.code, clock_timestamp() FROM gateway_entry e
        JOIN identity_computeresource r ON r.id = e.resource_id
    WHERE CASE WHEN TG_TABLE_NAME = 'identity_organization' THEN r.provider_id = NEW.id
        ELSE r.id = NEW.id END
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
