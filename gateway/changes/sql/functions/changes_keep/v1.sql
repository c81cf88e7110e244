-- A change gets its number once; nothing else of it changes.
CREATE FUNCTION changes_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.number IS NOT NULL OR NEW.number IS NULL
        OR (NEW.id, NEW.kind, NEW.code, NEW.region, NEW.resource_class, NEW.form, NEW.value,
            NEW.digest, NEW.at)
        IS DISTINCT FROM (OLD.id, OLD.kind, OLD.code, OLD.region, OLD.resource_class, OLD.form,
            OLD.value, OLD.digest, OLD.at)
    THEN
        RAISE EXCEPTION 'a change of the register stays as it is'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'change_stays';
    END IF;
    RETURN NEW;
END $$;
