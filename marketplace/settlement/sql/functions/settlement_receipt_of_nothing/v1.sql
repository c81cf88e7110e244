-- Trigger: a receipt without lines is of an order that is over, that never ran, and that nothing
-- was charged of; it says the reason that its delivery says.
CREATE FUNCTION settlement_receipt_of_nothing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM fulfilment_computedelivery d JOIN orders_order o ON o.id = d.order_id
        WHERE d.id = NEW.delivery_id AND d.order_id = NEW.order_id AND d.state = 'FAILED'
          AND d.ready_at IS NULL AND o.state IN ('CANCELLED', 'SETTLED')
          AND (d.reason, d.buyer_id, d.provider_id, d.order_number, d.changed_at)
            = (NEW.reason, NEW.buyer_id, NEW.provider_id, NEW.order_number, NEW.failed_at)
    ) OR EXISTS (
        SELECT FROM settlement_charge g JOIN settlement_contract c ON c.id = g.contract_id
        WHERE c.order_id = NEW.order_id
    ) THEN
        RAISE EXCEPTION 'a receipt without lines is of what came to nothing'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
