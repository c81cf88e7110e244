-- A code that gives way waits for its signature, in the transaction in which it does.
CREATE FUNCTION gateway_note_renamed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    VALUES (gen_random_uuid(), 'rename', NEW.from_code, clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
