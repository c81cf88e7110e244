-- An owner's keys changed: the node signs which there are.
CREATE FUNCTION gateway_note_owner_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duesigning (id, kind, subject, due_at)
    VALUES (gen_random_uuid(), 'binding', NEW.owner, clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
