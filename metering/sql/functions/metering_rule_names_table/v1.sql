-- Trigger: a rule converts by a table that is published, and in force when the rule is.
CREATE FUNCTION metering_rule_names_table() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(NEW.definition -> 'conversion') = 'object' AND NOT EXISTS (
        SELECT FROM metering_conversiontableversion t
        WHERE t.hour_class = NEW.definition -> 'conversion' ->> 'name'
          AND t.version = (NEW.definition -> 'conversion' ->> 'version')::integer
          AND t.valid_from <= NEW.valid_from
    ) THEN
        RAISE EXCEPTION 'a rule names a conversion table that is in force with it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
