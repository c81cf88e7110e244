-- Trigger: a driver speaks of deliveries that it carries out, and both parties see what it said.
CREATE FUNCTION drivers_message_belongs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM drivers_drivendelivery d
        WHERE d.delivery_id = NEW.delivery_id
          AND (d.driver_id, d.buyer_id, d.provider_id)
            = (NEW.driver_id, NEW.buyer_id, NEW.provider_id))
    THEN
        RAISE EXCEPTION 'a driver speaks of what it carries out'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
