-- Trigger: what stands in a centre, and its PUE, is of the centre's provider.
CREATE FUNCTION metering_energy_own_things() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM metering_energy_datacentre centre
        WHERE centre.id = NEW.centre_id AND centre.provider_id = NEW.provider_id
    ) OR to_jsonb(NEW) ? 'resource_id' AND NOT EXISTS (
        SELECT FROM identity_computeresource resource
        WHERE resource.id = (to_jsonb(NEW) ->> 'resource_id')::uuid
          AND resource.provider_id = NEW.provider_id
    ) THEN
        RAISE EXCEPTION 'a data centre holds what its provider has'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
