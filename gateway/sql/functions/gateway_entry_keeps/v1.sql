-- A code keeps its name, and what was said later is not undone by what was said before.
CREATE FUNCTION gateway_entry_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.sequence < OLD.sequence
        OR NEW.status_sequence < OLD.status_sequence
        OR NEW.resource_id IS DISTINCT FROM OLD.resource_id
    THEN
        RAISE EXCEPTION 'an entry of % goes back', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_keeps';
    END IF;
    RETURN NEW;
END $$;
