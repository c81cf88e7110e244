-- What the register says of a resource is signed anew when it changes, in the same transaction due.
CREATE FUNCTION gateway_note_registered() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    SELECT gen_random_uuid(), 'record', identifier, clock_timestamp() FROM inserted
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
