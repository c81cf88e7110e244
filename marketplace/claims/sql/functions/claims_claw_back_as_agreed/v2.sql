-- Trigger: a claw-back is what two people agreed on, to the word, of a voucher or a reimbursement.
CREATE FUNCTION claims_claw_back_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'claims.claw_back', NEW.id, NEW.proposed_by_id, NEW.decided_by_id,
        jsonb_build_object(
            CASE WHEN NEW.voucher_id IS NULL THEN 'reimbursement_id' ELSE 'voucher_id' END,
            COALESCE(NEW.voucher_id, NEW.reimbursement_id),
            'ground', NEW.ground,
            'reason', NEW.reason,
            'evidence', NEW.evidence
        )
    ) THEN
        RAISE EXCEPTION 'a claw-back is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
