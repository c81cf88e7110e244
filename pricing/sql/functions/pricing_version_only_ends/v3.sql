-- The one thing that may happen to a version: its successor names when it ends, now or later. What
-- the database computes of it (`least_…`) has no value yet when this trigger runs.
CREATE FUNCTION pricing_version_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    computed CONSTANT text[] := ARRAY['ends_at', 'least_unit_hour', 'least_standard_hour',
        'least_gb_month', 'least_ktoken'];
BEGIN
    IF OLD.ends_at IS NOT NULL OR NEW.ends_at IS NULL
       OR to_jsonb(NEW) - computed <> to_jsonb(OLD) - computed THEN
        RAISE EXCEPTION 'a published version is never edited'
            USING ERRCODE = '23001';
    END IF;
    IF NEW.ends_at < clock_timestamp() - interval '5 minutes' THEN
        RAISE EXCEPTION 'a price that was in force is not taken back'
            USING ERRCODE = '23514', CONSTRAINT = 'rule_is_not_back_dated';
    END IF;
    RETURN NEW;
END $$;
