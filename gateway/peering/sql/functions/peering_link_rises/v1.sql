-- A peer's epoch only rises.
CREATE FUNCTION peering_link_rises() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.node <> OLD.node OR NEW.epoch < OLD.epoch THEN
        RAISE EXCEPTION 'the link with % goes back', OLD.node
            USING ERRCODE = 'check_violation', CONSTRAINT = 'link_rises';
    END IF;
    RETURN NEW;
END $$;
