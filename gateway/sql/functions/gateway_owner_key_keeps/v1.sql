-- An owner's key stays as it was entered; it ends once.
CREATE FUNCTION gateway_owner_key_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.organization_id, NEW.owner, NEW.public_key, NEW.custody, NEW.begun_at)
        IS DISTINCT FROM
        (OLD.id, OLD.organization_id, OLD.owner, OLD.public_key, OLD.custody, OLD.begun_at)
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    THEN
        RAISE EXCEPTION 'a key of % changes', OLD.owner
            USING ERRCODE = 'check_violation', CONSTRAINT = 'owner_key_keeps';
    END IF;
    RETURN NEW;
END $$;
