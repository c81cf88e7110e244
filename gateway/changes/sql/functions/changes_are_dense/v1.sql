-- Numbers have no gap: asked when the transaction ends.
CREATE FUNCTION changes_are_dense() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.number > 1 AND NOT EXISTS (
        SELECT 1 FROM changes_registerchange WHERE number = NEW.number - 1
    ) THEN
        RAISE EXCEPTION 'change % has no change before it', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changes_are_dense';
    END IF;
    RETURN NULL;
END $$;
