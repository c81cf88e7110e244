-- Trigger: a movement of money takes only the steps of the table of states, and what was asked for
-- stays as it was. `rules.TRANSITIONS` and `rules.may_move` say the same.
CREATE FUNCTION payments_movement_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF ROW(NEW.number, NEW.kind, NEW.channel, NEW.organization_id, NEW.amount_minor, NEW.currency,
            NEW.key, NEW.payee_reference, NEW.requested_by_id, NEW.requested_at)
        IS DISTINCT FROM ROW(OLD.number, OLD.kind, OLD.channel, OLD.organization_id,
            OLD.amount_minor, OLD.currency, OLD.key, OLD.payee_reference, OLD.requested_by_id,
            OLD.requested_at)
        OR (OLD.source_id IS NOT NULL AND NEW.source_id IS DISTINCT FROM OLD.source_id)
        OR (OLD.reference <> '' AND NEW.reference <> OLD.reference)
    THEN
        RAISE EXCEPTION 'what was asked for does not change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state = OLD.state OR (OLD.state, NEW.state) IN (
        ('REQUESTED', 'CANCELLED'), ('SENT', 'DONE')
    ) THEN
        RETURN NEW;
    END IF;
    IF (CASE WHEN OLD.kind = 'TOP_UP'
        THEN (OLD.state, NEW.state) IN (
            ('REQUESTED', 'SENT'), ('REQUESTED', 'DONE'),
            ('SENT', 'CANCELLED'), ('CANCELLED', 'DONE')
        )
        ELSE (OLD.state, NEW.state) IN (
            ('REQUESTED', 'APPROVED'), ('APPROVED', 'SENT'), ('APPROVED', 'DONE'),
            ('APPROVED', 'RETURNED'), ('SENT', 'RETURNED'), ('DONE', 'RETURNED')
        )
    END) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a movement does not go from % to %', OLD.state, NEW.state
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
