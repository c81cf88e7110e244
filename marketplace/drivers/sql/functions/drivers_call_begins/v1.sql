-- Trigger: a call tells the driver that carries out a delivery, for its two parties, while that is
-- not over; a step ahead follows the one before it, once that was taken and while nothing ends.
CREATE FUNCTION drivers_call_begins() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before text := CASE NEW.step WHEN 'CONNECT' THEN 'PREPARE' WHEN 'SCHEDULE' THEN 'CONNECT'
                                 WHEN 'RUN' THEN 'SCHEDULE' WHEN 'ACCESS' THEN 'CONNECT' END;
    ahead boolean := NEW.step IN ('PREPARE', 'CONNECT', 'SCHEDULE', 'RUN', 'ACCESS');
BEGIN
    IF NEW.state <> 'WAITING'
       OR NOT EXISTS (
            SELECT FROM drivers_drivendelivery d
            WHERE d.delivery_id = NEW.delivery_id
              AND (d.driver_id, d.buyer_id, d.provider_id)
                = (NEW.driver_id, NEW.buyer_id, NEW.provider_id)
              AND NOT d.is_over AND NOT (ahead AND d.is_ending))
       OR before IS NOT NULL AND NOT EXISTS (
            SELECT FROM drivers_drivercall c
            WHERE c.delivery_id = NEW.delivery_id AND c.step = before AND c.state = 'DONE')
    THEN
        RAISE EXCEPTION 'a call follows what was told before, to the driver of its delivery'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
