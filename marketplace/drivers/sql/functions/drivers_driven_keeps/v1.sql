-- Trigger: whose driver carries out a delivery stays, how its work ended is said once, and what is
-- over stays over.
CREATE FUNCTION drivers_driven_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.delivery_id, NEW.driver_id, NEW.kind, NEW.buyer_id, NEW.provider_id,
        NEW.taken_up_at)
        IS DISTINCT FROM
       (OLD.delivery_id, OLD.driver_id, OLD.kind, OLD.buyer_id, OLD.provider_id,
        OLD.taken_up_at)
       OR (OLD.exited_at IS NOT NULL
           AND (NEW.exited_at, NEW.exit_code) IS DISTINCT FROM (OLD.exited_at, OLD.exit_code))
       OR (OLD.wiped_at IS NOT NULL AND NEW.wiped_at IS DISTINCT FROM OLD.wiped_at)
       OR (OLD.is_ending AND NOT NEW.is_ending)
       OR (OLD.is_over AND NOT NEW.is_over) THEN
        RAISE EXCEPTION 'what a driver said stays, and what is over stays over'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
