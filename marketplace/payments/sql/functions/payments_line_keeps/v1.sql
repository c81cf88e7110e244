-- Trigger: what the bank said never changes, and a line is matched once; by hand, as two agreed.
CREATE FUNCTION payments_line_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.state = 'MATCHED'
        OR ROW(NEW.statement_id, NEW.line, NEW.identity, NEW.amount_minor, NEW.booked_on,
            NEW.reference, NEW.text, NEW.party, NEW.party_account, NEW.found_at)
        IS DISTINCT FROM ROW(OLD.statement_id, OLD.line, OLD.identity, OLD.amount_minor,
            OLD.booked_on, OLD.reference, OLD.text, OLD.party, OLD.party_account, OLD.found_at)
    THEN
        RAISE EXCEPTION 'what the bank said does not change, and a line is matched once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.rule = 'hand' AND NOT EXISTS (
        SELECT FROM approvals_proposal agreed
        WHERE agreed.id = NEW.proposal_id AND agreed.kind = 'payments.match'
            AND agreed.state = 'APPROVED' AND agreed.content ->> 'line_id' = NEW.id::text
            AND (agreed.content ->> 'organization_id') = (
                SELECT movement.organization_id::text FROM payments_movement movement
                WHERE movement.id = NEW.movement_id
            )
    ) THEN
        RAISE EXCEPTION 'what is matched by hand is what two people agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
