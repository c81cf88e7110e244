-- Trigger: a lot is a cleared order of the demand's own buyer, for the listing that was matched.
CREATE FUNCTION demands_lot_belongs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM orders_order o JOIN demands_posteddemand d ON d.id = NEW.demand_id
        WHERE o.id = NEW.order_id AND o.buyer_id = d.buyer_id AND d.buyer_id = NEW.buyer_id
          AND o.listing_id = NEW.listing_id AND o.units_milli = NEW.units_milli
          AND o.gross_minor = NEW.amount_minor AND o.state = 'CLEARED' AND d.state = 'WAITING'
    ) THEN
        RAISE EXCEPTION 'a lot is a cleared order of the demand that waits for it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
