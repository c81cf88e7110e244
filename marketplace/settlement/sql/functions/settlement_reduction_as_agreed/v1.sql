-- Trigger: a contract is made smaller only as buyer and provider agreed on it before: from their
-- moment on, to their amount, which is less than was ordered.
CREATE FUNCTION settlement_reduction_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM settlement_contract k
            JOIN orders_order o ON o.id = k.order_id
            JOIN fulfilment_deliverychange c ON c.order_id = k.order_id
        WHERE k.id = NEW.contract_id AND k.state = 'ACTIVE' AND c.id = NEW.change_id
          AND c.kind = 'SHRINK' AND c.state = 'ACCEPTED' AND c.closed_at <= NEW.agreed_at
          AND c.moment = NEW.starts_at AND c.units_milli = NEW.units_milli
          AND NEW.units_milli < o.units_milli AND NEW.starts_at < k.ends_at
          AND (NEW.buyer_id, NEW.provider_id) = (k.buyer_id, k.provider_id)
    ) THEN
        RAISE EXCEPTION 'nobody agreed on this of a contract'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
