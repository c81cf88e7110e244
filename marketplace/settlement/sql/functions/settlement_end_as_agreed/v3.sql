-- Trigger: a contract ends as agreed on only where buyer and provider agreed on it before, and
-- without a fee. Under agreed-1: at the end of the window in which the moment lies that they named.
-- Under agreed-2: at their moment, or at once where that is written down later.
CREATE FUNCTION settlement_end_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.rule_version IN ('agreed-1', 'agreed-2') AND (NEW.fee_minor <> 0 OR NOT EXISTS (
        SELECT FROM settlement_contract k
            JOIN fulfilment_deliverychange c ON c.order_id = k.order_id
        WHERE k.id = NEW.contract_id AND c.kind = 'END' AND c.state = 'ACCEPTED'
          AND c.closed_at <= NEW.asked_at AND c.moment <= NEW.ends_at
          AND NEW.ends_at <= CASE NEW.rule_version
              WHEN 'agreed-1' THEN greatest(c.moment, NEW.asked_at) + interval '1 day'
              ELSE greatest(c.moment, NEW.asked_at + interval '1 second') END
    )) THEN
        RAISE EXCEPTION 'nobody agreed on this end of a contract'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
