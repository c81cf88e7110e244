-- What a record says of a resource changed: the next one is due.
CREATE FUNCTION gateway_note_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    VALUES (gen_random_uuid(), 'record', NEW.identifier, clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
