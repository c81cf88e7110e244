-- Trigger: a delivery may be taken back with the notice that its listing says, or not at all.
CREATE FUNCTION fulfilment_delivery_as_listed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM orders_order o JOIN catalog_listing l ON l.id = o.listing_id
        WHERE o.id = NEW.order_id AND l.preemption_rule = NEW.preemption_rule
          AND l.preemption_minutes IS NOT DISTINCT FROM NEW.preemption_minutes
    ) THEN
        RAISE EXCEPTION 'a delivery may be taken back as its listing says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
