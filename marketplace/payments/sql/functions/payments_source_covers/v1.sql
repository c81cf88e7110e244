-- Trigger: keeps what came by a source and what went back to it; its CHECK refuses more.
CREATE FUNCTION payments_source_covers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    before_in bigint := 0;
    before_out bigint := 0;
    after_in bigint := 0;
    after_out bigint := 0;
BEGIN
    IF NEW.source_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.source_id IS NOT NULL THEN
        before_in := CASE WHEN OLD.kind = 'TOP_UP' AND OLD.state = 'DONE'
            THEN OLD.amount_minor ELSE 0 END;
        before_out := CASE WHEN OLD.kind <> 'TOP_UP' AND OLD.state NOT IN ('CANCELLED', 'RETURNED')
            THEN OLD.amount_minor ELSE 0 END;
    END IF;
    after_in := CASE WHEN NEW.kind = 'TOP_UP' AND NEW.state = 'DONE'
        THEN NEW.amount_minor ELSE 0 END;
    after_out := CASE WHEN NEW.kind <> 'TOP_UP' AND NEW.state NOT IN ('CANCELLED', 'RETURNED')
        THEN NEW.amount_minor ELSE 0 END;
    IF (before_in, before_out) = (after_in, after_out) THEN
        RETURN NULL;
    END IF;
    UPDATE payments_paymentsource
        SET paid_in_minor = paid_in_minor + after_in - before_in,
            taken_minor = taken_minor + after_out - before_out
        WHERE id = NEW.source_id AND organization_id = NEW.organization_id
            AND channel = NEW.channel;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'money goes back to the source that it came by'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
