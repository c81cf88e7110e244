-- Trigger: a further code is given once, over the register too, and for its own resource alone.
CREATE FUNCTION identity_alias_is_free() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('serial ' || NEW.prefix, 11));
    IF EXISTS (
        SELECT FROM identity_computeresource r
        WHERE r.identifier = NEW.code OR (r.prefix = NEW.prefix AND r.serial = NEW.serial)
    ) OR NOT EXISTS (
        SELECT FROM identity_computeresource r JOIN identity_pool p ON p.prefix = NEW.prefix
        WHERE r.id = NEW.resource_id AND r.provider_id = NEW.organization_id
          AND p.organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'the code % is given already, or not the owner''s to give', NEW.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'code_given_once';
    END IF;
    RETURN NEW;
END $$;
