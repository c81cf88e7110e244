-- Trigger: a claw-back is what two people agreed on, to the word.
CREATE FUNCTION claims_claw_back_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'claims.claw_back', NEW.id, NEW.proposed_by_id, NEW.decided_by_id,
        jsonb_build_object(
            'voucher_id', NEW.voucher_id,
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
