-- Trigger: a request for a pool waits at first, is answered once, and a pool comes as was agreed on.
CREATE FUNCTION identity_pool_request_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'WAITING' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a request for a pool waits at first'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF OLD.state <> 'WAITING'
        OR (NEW.id, NEW.organization_id, NEW.name, NEW.resources_max, NEW.regions, NEW.classes,
            NEW.reason, NEW.asked_by_id, NEW.asked_at)
        IS DISTINCT FROM
           (OLD.id, OLD.organization_id, OLD.name, OLD.resources_max, OLD.regions, OLD.classes,
            OLD.reason, OLD.asked_by_id, OLD.asked_at)
    THEN
        RAISE EXCEPTION 'a request for a pool is answered once, and stays as it was asked'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state = 'ALLOTTED' AND NOT (
        approvals_is_agreed(
            NEW.proposal_id, 'identity.pool_request', NEW.pool_id, NEW.answered_by_id,
            NEW.agreed_by_id, jsonb_build_object('request_id', NEW.id::text)
        ) AND EXISTS (
            SELECT FROM identity_pool p
            WHERE p.id = NEW.pool_id AND p.organization_id = NEW.organization_id
                AND p.name = NEW.name AND p.resources_max <= NEW.resources_max
        )
    ) THEN
        RAISE EXCEPTION 'a pool is allotted as two people agreed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
