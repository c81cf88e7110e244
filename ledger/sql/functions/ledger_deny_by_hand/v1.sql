-- Trigger: a table is written by the ledger's own triggers alone.
CREATE FUNCTION ledger_deny_by_hand() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% is written by the ledger''s own triggers alone', TG_TABLE_NAME
            USING ERRCODE = '42501';
    END IF;
    RETURN NULL;
END $$;
