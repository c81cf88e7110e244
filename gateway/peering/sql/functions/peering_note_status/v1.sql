-- A code's status changed: the next word about it is due, in the same transaction.
CREATE FUNCTION peering_note_status() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO gateway_duestatus (code, due_at) VALUES (NEW.code, clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
