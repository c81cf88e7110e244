-- A source of state says otherwise of a resource's health, or fell silent.
CREATE FUNCTION changes_note_state() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO changes_registerchange (kind, code, region, resource_class, form, value, at)
    SELECT 'STATE', r.identifier, r.region, r.resource_class, r.form,
        NEW.source || ' '
            || CASE WHEN NEW.is_told AND NEW.source = 'AGENT' THEN 'SILENT' ELSE NEW.health END,
        clock_timestamp()
    FROM identity_computeresource r WHERE r.id = NEW.resource_id;
    RETURN NULL;
END $$;
