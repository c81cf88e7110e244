-- A move stays as it was asked for, and what is settled stays settled. Which node it leads to may be
-- learned later: the text that names it goes with it.
CREATE FUNCTION peering_move_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.from_code, NEW.to_code, NEW.organization_id, NEW.resource_id)
        IS DISTINCT FROM (OLD.from_code, OLD.to_code, OLD.organization_id, OLD.resource_id)
        OR (NEW.receiver <> OLD.receiver AND NEW.text <> '')
        OR (OLD.state <> 'ASKED' AND NEW IS DISTINCT FROM OLD)
    THEN
        RAISE EXCEPTION 'the move of % changes', OLD.from_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'move_keeps';
    END IF;
    RETURN NEW;
END $$;
