-- Trigger: a lot is a cleared order of the same buyer, for the amount that it says, of an order of
-- a round that is being decided.
CREATE FUNCTION rounds_lot_belongs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM orders_order o JOIN rounds_roundorder r ON r.id = NEW.round_order_id
        WHERE o.id = NEW.order_id AND o.buyer_id = r.buyer_id AND r.buyer_id = NEW.buyer_id
          AND o.listing_id = NEW.listing_id AND o.units_milli = NEW.units_milli
          AND o.gross_minor = NEW.amount_minor AND o.state = 'CLEARED' AND r.state = 'FILLED'
    ) THEN
        RAISE EXCEPTION 'a lot is a cleared order of the order of the round that it fills'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
