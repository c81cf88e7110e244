-- Trigger: a provider is connected as was agreed; two connections share no domain.
CREATE FUNCTION entry_connected_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_advisory_xact_lock(7268043);
        IF NEW.ended_at IS NOT NULL OR NOT approvals_is_agreed(
            NEW.proposal_id, 'identity.sso', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
            jsonb_build_object(
                'organization_id', NEW.organization_id::text, 'issuer', NEW.issuer,
                'client_id', NEW.client_id, 'domains', to_jsonb(NEW.domains),
                'roles_claim', NEW.roles_claim, 'roles', NEW.roles, 'reason', NEW.reason)
        ) THEN
            RAISE EXCEPTION 'a provider is connected as was agreed on'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        PERFORM FROM entry_ssoconnection other
        WHERE other.ended_at IS NULL AND other.domains && NEW.domains;
        IF FOUND THEN
            RAISE EXCEPTION 'a domain signs in by one connection'
                USING ERRCODE = 'unique_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF OLD.ended_at IS NOT NULL
        OR (NEW.id, NEW.organization_id, NEW.issuer, NEW.client_id, NEW.domains, NEW.roles_claim,
            NEW.roles, NEW.reason, NEW.connected_at, NEW.proposed_by_id, NEW.agreed_by_id,
            NEW.proposal_id)
        IS DISTINCT FROM
           (OLD.id, OLD.organization_id, OLD.issuer, OLD.client_id, OLD.domains, OLD.roles_claim,
            OLD.roles, OLD.reason, OLD.connected_at, OLD.proposed_by_id, OLD.agreed_by_id,
            OLD.proposal_id)
    THEN
        RAISE EXCEPTION 'a connection ends once, and stays as it was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
