-- Trigger: what a side has read stays read.
CREATE FUNCTION fulfilment_talk_read_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.order_id, NEW.delivery_id, NEW.buyer_id, NEW.provider_id, NEW.side)
        IS DISTINCT FROM
       (OLD.id, OLD.order_id, OLD.delivery_id, OLD.buyer_id, OLD.provider_id, OLD.side)
       OR NEW.sequence < OLD.sequence OR NEW.read_at < OLD.read_at THEN
        RAISE EXCEPTION 'what a side has read stays read'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
