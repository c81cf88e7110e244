-- Trigger: a resource has the level of a certificate that has not ended, and no other way up.
CREATE FUNCTION verifying_level_by_certificate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.verification_level > 0 AND NOT EXISTS (
        SELECT FROM metering_verifying_certificate c
        WHERE c.resource_id = NEW.id AND c.level = NEW.verification_level AND NOT EXISTS (
            SELECT FROM metering_verifying_certificateend e WHERE e.certificate_id = c.id
        )
    ) THEN
        RAISE EXCEPTION 'no certificate bears level % of resource %', NEW.verification_level, NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
