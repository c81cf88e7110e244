-- Trigger: an application is decided once.
CREATE FUNCTION vouchers_decide_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'application % is decided', OLD.number
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
