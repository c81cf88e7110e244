-- A resource was registered, or its status changed.
CREATE FUNCTION changes_note_resource() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO changes_registerchange (kind, code, region, resource_class, form, value, at)
    VALUES (
        CASE TG_OP WHEN 'INSERT' THEN 'REGISTERED' ELSE 'STATUS' END,
        NEW.identifier, NEW.region, NEW.resource_class, NEW.form, NEW.status, clock_timestamp()
    );
    RETURN NULL;
END $$;
