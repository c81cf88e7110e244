-- Trigger: a request moves as its table of states says (claims/reimbursement_contracts.py).
CREATE FUNCTION claims_reimbursement_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('SUBMITTED', 'REVIEWED'), ('SUBMITTED', 'REJECTED'), ('SUBMITTED', 'WITHDRAWN'),
        ('REVIEWED', 'SUBMITTED'), ('REVIEWED', 'PUBLISHED'), ('REVIEWED', 'APPROVED'),
        ('REVIEWED', 'REJECTED'), ('REVIEWED', 'WITHDRAWN'),
        ('PUBLISHED', 'APPROVED'), ('PUBLISHED', 'REJECTED'), ('PUBLISHED', 'WITHDRAWN'),
        ('APPROVED', 'PAID'), ('APPROVED', 'RETURNED')
    ) THEN
        RAISE EXCEPTION 'request % does not go from % to %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF OLD.claim_id IS NOT NULL AND (NEW.claim_id, NEW.amount_minor)
        IS DISTINCT FROM (OLD.claim_id, OLD.amount_minor)
    THEN
        RAISE EXCEPTION 'what was granted stays as it was granted'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state = 'APPROVED' AND OLD.state <> 'APPROVED' AND (
        NEW.amount_minor IS DISTINCT FROM (
            SELECT sum(amount_minor) FROM claims_reimbursementline
            WHERE reimbursement_id = NEW.id AND is_live
        ) OR EXISTS (
            SELECT FROM claims_reimbursementobjection
            WHERE reimbursement_id = NEW.id AND answered_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'a request is what its lines add up to, and no objection waits'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
