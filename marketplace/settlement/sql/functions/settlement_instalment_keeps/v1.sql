-- An instalment that was held, given up or no longer needed stays so.
CREATE FUNCTION settlement_instalment_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state NOT IN ('PLANNED', 'LATE') THEN
        RAISE EXCEPTION 'instalment % of contract % was decided', OLD.part, OLD.contract_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
