-- Trigger: what was asked for stays as it was said, and is answered once.
CREATE FUNCTION fulfilment_change_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.order_id, NEW.order_number, NEW.delivery_id, NEW.buyer_id, NEW.provider_id,
        NEW.sequence, NEW.kind, NEW.side, NEW.moment, NEW.units_milli, NEW.words,
        NEW.asked_at, NEW.asked_by_id, NEW.expires_at)
        IS DISTINCT FROM
       (OLD.id, OLD.order_id, OLD.order_number, OLD.delivery_id, OLD.buyer_id, OLD.provider_id,
        OLD.sequence, OLD.kind, OLD.side, OLD.moment, OLD.units_milli, OLD.words,
        OLD.asked_at, OLD.asked_by_id, OLD.expires_at)
       OR (OLD.state <> 'OPEN'
           AND (NEW.state, NEW.answer, NEW.closed_at, NEW.closed_by_id) IS DISTINCT FROM
               (OLD.state, OLD.answer, OLD.closed_at, OLD.closed_by_id)) THEN
        RAISE EXCEPTION 'what was asked for stays as it was said, and is answered once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
