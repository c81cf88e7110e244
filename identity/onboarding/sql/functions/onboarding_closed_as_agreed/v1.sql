-- Trigger: an organisation is closed as two people agreed.
CREATE FUNCTION onboarding_closed_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'identity.closure', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
        jsonb_build_object('organization_id', NEW.organization_id::text, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'an organisation is closed as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
