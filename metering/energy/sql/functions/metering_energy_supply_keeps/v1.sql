-- Trigger: green electricity goes one way, and counts for a centre of its provider.
CREATE FUNCTION metering_energy_supply_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('REGISTERED', 'CLAIMED'), ('REGISTERED', 'CANCELLED'),
        ('CLAIMED', 'RETIRED'), ('CLAIMED', 'CANCELLED')
    ) OR OLD.state IN ('RETIRED', 'CANCELLED') THEN
        RAISE EXCEPTION 'green electricity does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.centre_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM metering_energy_datacentre centre
        WHERE centre.id = NEW.centre_id AND centre.provider_id = NEW.provider_id
    ) THEN
        RAISE EXCEPTION 'green electricity counts for a centre of its provider'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
