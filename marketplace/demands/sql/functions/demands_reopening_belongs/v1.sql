-- Trigger: a filled demand is reopened for an order that served it and was never delivered, once
-- nothing else serves it: all its orders are over, and of none of them was anything delivered.
CREATE FUNCTION demands_reopening_belongs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM demands_posteddemand d JOIN demands_demandlot l ON l.demand_id = d.id
        WHERE d.id = NEW.demand_id AND d.state = 'FILLED' AND d.buyer_id = NEW.buyer_id
          AND d.option = NEW.option AND NEW.sequence = d.reopened_count + 1
          AND l.order_id = NEW.order_id AND l.listing_id = NEW.listing_id
    ) OR EXISTS (
        SELECT FROM demands_demandlot l JOIN orders_order o ON o.id = l.order_id
            LEFT JOIN fulfilment_computedelivery c ON c.order_id = o.id
        WHERE l.demand_id = NEW.demand_id AND NOT (
            o.state IN ('CANCELLED', 'SETTLED') AND coalesce(c.state, '') IN ('FAILED', 'EXITED')
            AND (c.ready_at IS NULL OR c.exited_at <= c.starts_at)
        )
    ) THEN
        RAISE EXCEPTION 'a demand is reopened once nothing that serves it was delivered'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
