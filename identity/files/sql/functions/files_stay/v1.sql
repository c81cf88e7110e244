-- Trigger: what was removed stays removed, and what a record relies on keeps that record.
CREATE FUNCTION files_stay() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.removed_at IS NOT NULL
        AND (NEW.removed_at, NEW.removed_by_id)
            IS DISTINCT FROM (OLD.removed_at, OLD.removed_by_id))
        OR (OLD.swept_at IS NOT NULL AND NEW.swept_at IS DISTINCT FROM OLD.swept_at)
        OR (OLD.relied_on_by <> '' AND NEW.relied_on_by <> OLD.relied_on_by)
    THEN
        RAISE EXCEPTION 'files_storedfile: what was decided about a file stays'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
