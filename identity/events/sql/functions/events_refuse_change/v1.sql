-- Trigger: what was recorded stays.
CREATE FUNCTION events_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the record of events is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '23001';
END $$;
