-- Trigger: a key stays what it was added as; it is withdrawn once.
CREATE FUNCTION fulfilment_handover_key_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.organization_id, NEW.kind, NEW.name, NEW.public_key, NEW.fingerprint,
        NEW.added_at, NEW.added_by_id)
        IS DISTINCT FROM
       (OLD.id, OLD.organization_id, OLD.kind, OLD.name, OLD.public_key, OLD.fingerprint,
        OLD.added_at, OLD.added_by_id)
       OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at) THEN
        RAISE EXCEPTION 'a key stays what it was added as'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
