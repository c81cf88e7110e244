-- Trigger: the next version of a plan names the document and clause that a rule of the market demands
-- for what is listed under it.
CREATE FUNCTION catalog_version_rests() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (NEW.source = '' OR NEW.clause = '')
        AND catalog_basis_of_plan(NEW.plan_id, clock_timestamp()) IS NOT NULL THEN
        RAISE EXCEPTION 'the version names no document and clause, which a rule demands'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
