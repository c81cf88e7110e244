-- Trigger: a call says the same however often it is sent, and ends once.
CREATE FUNCTION drivers_call_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.driver_id, NEW.delivery_id, NEW.buyer_id, NEW.provider_id, NEW.step, NEW.body,
        NEW.created_at, NEW.access_request)
        IS DISTINCT FROM
       (OLD.id, OLD.driver_id, OLD.delivery_id, OLD.buyer_id, OLD.provider_id, OLD.step, OLD.body,
        OLD.created_at, OLD.access_request)
       OR NEW.attempts < OLD.attempts
       OR OLD.state <> 'WAITING' THEN
        RAISE EXCEPTION 'a call says the same each time, and ends once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
