-- A directory is never followed by an older one.
CREATE FUNCTION peering_listed_rises() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.sequence < OLD.sequence THEN
        RAISE EXCEPTION 'the directory of % goes back', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listed_rises';
    END IF;
    RETURN NEW;
END $$;
