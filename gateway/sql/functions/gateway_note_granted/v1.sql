-- What is granted waits for its signature, in the transaction that grants it.
CREATE FUNCTION gateway_note_granted() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    VALUES (gen_random_uuid(), 'grant', NEW.prefix, clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
