-- Trigger: a grant ends as two people agreed, because its time is over, or because the organisation
-- that holds it was closed, which two people agreed on.
CREATE FUNCTION identity_grant_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM identity_organization o
    WHERE o.id = NEW.organization_id AND o.closed_at IS NOT NULL;
    IF FOUND THEN
        RETURN NEW;
    END IF;
    IF NEW.not_after > clock_timestamp() AND NOT approvals_is_agreed(
        NEW.proposal_id, 'identity.grant_end', NEW.id, NEW.recorded_by_id, NEW.agreed_by_id,
        jsonb_build_object('prefix', NEW.prefix, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a grant ends as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
