-- Trigger: an organisation is suspended, and reinstated, as two people agreed.
CREATE FUNCTION identity_suspension_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT approvals_is_agreed(
        NEW.proposal_id, 'identity.suspension', NEW.id, NEW.suspended_by_id, NEW.agreed_by_id,
        jsonb_build_object('organization_id', NEW.organization_id::text, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a suspension is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.ended_at IS NOT NULL AND NOT approvals_is_agreed(
        NEW.end_proposal_id, 'identity.reinstatement', NEW.end_proposal_id,
        NEW.reinstated_by_id, NEW.end_agreed_by_id,
        jsonb_build_object('suspension_id', NEW.id::text, 'reason', NEW.end_reason)
    ) THEN
        RAISE EXCEPTION 'an organisation is reinstated as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
