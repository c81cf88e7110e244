-- Trigger: whose driver it is, of what and of which kind never changes; one that was removed is gone.
CREATE FUNCTION drivers_driver_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.provider_id, NEW.resource_id, NEW.kind, NEW.created_by_id, NEW.created_at)
        IS DISTINCT FROM
       (OLD.id, OLD.provider_id, OLD.resource_id, OLD.kind, OLD.created_by_id, OLD.created_at)
       OR (OLD.removed_at IS NOT NULL AND NEW.removed_at IS DISTINCT FROM OLD.removed_at) THEN
        RAISE EXCEPTION 'a driver stays its provider''s, and one that was removed is gone'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
