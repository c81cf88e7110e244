-- An organisation was suspended or reinstated: so are its active resources.
CREATE FUNCTION changes_note_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO changes_registerchange (kind, code, region, resource_class, form, value, at)
    SELECT 'STATUS', identifier, region, resource_class, form,
        CASE WHEN NEW.suspended_at IS NULL THEN 'ACTIVE' ELSE 'SUSPENDED' END, clock_timestamp()
    FROM identity_computeresource WHERE provider_id = NEW.id AND status = 'ACTIVE' ORDER BY id;
    RETURN NULL;
END $$;
