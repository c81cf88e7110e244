-- Trigger: what one standard hour of a class is never changes, so that hours of one class add up.
CREATE FUNCTION metering_table_keeps_unit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM metering_conversiontableversion t
        WHERE t.hour_class = NEW.hour_class
          AND ((t.definition - 'rows') #- '{reference,source}')
              IS DISTINCT FROM ((NEW.definition - 'rows') #- '{reference,source}')
    ) THEN
        RAISE EXCEPTION 'a standard hour of a class stays what it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
