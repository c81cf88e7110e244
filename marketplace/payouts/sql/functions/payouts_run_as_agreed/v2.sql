-- Trigger: a run begins as a proposal, is approved as two people agreed on it, and goes one way.
CREATE FUNCTION payouts_run_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' OR NEW.proposal_id IS NOT NULL THEN
            RAISE EXCEPTION 'a run begins as a proposal'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('PROPOSED', 'APPROVED'), ('APPROVED', 'SENT'), ('SENT', 'DONE')
    ) THEN
        RAISE EXCEPTION 'a run does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF OLD.proposal_id IS NOT NULL AND NEW.proposal_id IS DISTINCT FROM OLD.proposal_id
        OR NEW.state = 'APPROVED' AND NOT approvals_is_agreed(
            NEW.proposal_id, 'payouts.run', NEW.id, NEW.proposed_by_id, NEW.approved_by_id,
            jsonb_build_object(
                'run_id', NEW.id, 'payouts', NEW.payouts, 'amount_minor', NEW.amount_minor,
                'netted_minor', NEW.netted_minor, 'tax_minor', NEW.tax_minor,
                'lines_hash', NEW.lines_hash
            )
        )
    THEN
        RAISE EXCEPTION 'a run is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
