-- Trigger: counts what an organisation keeps. A file counts from when it is there until it is
-- removed; files_fileallowance bounds both figures by a CHECK, whoever uploads at once.
CREATE FUNCTION files_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept integer := CASE WHEN NEW.removed_at IS NULL THEN 1 ELSE -1 END;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.removed_at IS NULL) = (NEW.removed_at IS NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE files_fileallowance
    SET files = files + kept, bytes = bytes + kept * NEW.bytes
    WHERE organization_id = NEW.organization_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'files_fileallowance: % may keep nothing', NEW.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'file_allowance_is_kept';
    END IF;
    RETURN NULL;
END $$;
