-- Trigger: money goes back to its source only as somebody else than asked approved it.
CREATE FUNCTION payments_refund_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.kind IN ('REFUND', 'WITHDRAWAL') AND OLD.state = 'REQUESTED'
        AND NEW.state = 'APPROVED' AND NOT EXISTS (
        SELECT FROM approvals_proposal agreed
        WHERE agreed.id = NEW.proposal_id AND agreed.kind = 'payments.refund'
            AND agreed.state = 'APPROVED' AND agreed.decided_by_id = NEW.approved_by_id
            AND agreed.content ->> 'movement_id' = NEW.id::text
            AND (agreed.content ->> 'amount_minor')::bigint = NEW.amount_minor
    ) THEN
        RAISE EXCEPTION 'money goes back as two people agreed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
