-- A node was admitted, suspended, or left.
CREATE FUNCTION changes_note_node() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO changes_registerchange (kind, code, value, at)
    VALUES ('NODE', NEW.code, NEW.state, clock_timestamp());
    RETURN NULL;
END $$;
