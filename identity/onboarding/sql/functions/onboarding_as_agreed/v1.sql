-- Trigger: an onboarding ends once, as two people agreed, and nothing else of it changes.
CREATE FUNCTION onboarding_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.activated_at IS NOT NULL OR NEW.activated_at IS NULL
        OR (NEW.id, NEW.organization_id, NEW.role, NEW.checklist, NEW.opened_at, NEW.opened_by_id)
        IS DISTINCT FROM
           (OLD.id, OLD.organization_id, OLD.role, OLD.checklist, OLD.opened_at, OLD.opened_by_id)
        OR NOT EXISTS (
            SELECT FROM approvals_proposal agreed WHERE agreed.id = NEW.proposal_id
                AND agreed.kind = 'identity.activation' AND agreed.state = 'APPROVED'
                AND agreed.content ->> 'organization_id' = NEW.organization_id::text
                AND agreed.proposed_by_id = NEW.proposed_by_id
                AND agreed.decided_by_id = NEW.agreed_by_id
        )
    THEN
        RAISE EXCEPTION 'an organisation is activated once, as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
