-- Trigger: raw readings stay until what was used with them is charged, settled and sealed.
CREATE FUNCTION settlement_keep_month() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    stands text := settlement_month_stands(NEW.month);
BEGIN
    IF stands <> '' THEN
        RAISE EXCEPTION 'the readings of this month stay: %', stands
            USING ERRCODE = 'restrict_violation', CONSTRAINT = stands;
    END IF;
    RETURN NEW;
END $$;
