-- A contract that is settled stays settled, and stays so since then.
CREATE FUNCTION settlement_never_reopen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state = 'SETTLED' AND (NEW.state, NEW.settled_at) <> (OLD.state, OLD.settled_at) THEN
        RAISE EXCEPTION 'a settled contract stays settled'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
