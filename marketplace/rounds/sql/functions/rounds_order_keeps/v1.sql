-- Trigger: an order enters an open round and changes by its next revision while the round is open;
-- in the no-cancel phase it only raises its limit and stays; once it is over it stays as it ended.
CREATE FUNCTION rounds_order_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    phase text := (SELECT state FROM rounds_callround WHERE id = NEW.round_id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF phase <> 'OPEN' OR NEW.state <> 'STANDING' OR NEW.revision <> 1 THEN
            RAISE EXCEPTION 'the round takes no new orders'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'STANDING' OR (NEW.id, NEW.round_id, NEW.tag, NEW.key, NEW.buyer_id,
            NEW.asked_hash, NEW.placed_at, NEW.placed_by_id)
        IS DISTINCT FROM (OLD.id, OLD.round_id, OLD.tag, OLD.key, OLD.buyer_id,
            OLD.asked_hash, OLD.placed_at, OLD.placed_by_id)
    THEN
        RAISE EXCEPTION 'the order of the round stays as it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.terms IS DISTINCT FROM OLD.terms OR NEW.limit_minor <> OLD.limit_minor
        OR NEW.terms_hash <> OLD.terms_hash OR NEW.revision <> OLD.revision
    THEN
        IF NEW.revision <> OLD.revision + 1
            OR phase NOT IN ('OPEN', 'NO_CANCEL')
            OR (phase = 'NO_CANCEL' AND (NEW.limit_minor <= OLD.limit_minor
                OR NEW.terms - 'limit_minor' IS DISTINCT FROM OLD.terms - 'limit_minor'))
        THEN
            RAISE EXCEPTION 'the order of the round may only be raised now'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    END IF;
    IF (NEW.state = 'WITHDRAWN' AND phase <> 'OPEN')
        OR (NEW.state = 'FILLED' AND phase <> 'SOLVING')
        OR (NEW.state = 'UNFILLED' AND phase NOT IN ('SOLVING', 'CALLED_OFF'))
    THEN
        RAISE EXCEPTION 'the order of the round does not end so now'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
