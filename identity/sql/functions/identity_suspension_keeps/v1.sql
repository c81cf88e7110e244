-- Trigger: a suspension ends once, and nothing else of it changes.
CREATE FUNCTION identity_suspension_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
        OR (NEW.id, NEW.organization_id, NEW.reason, NEW.since, NEW.suspended_by_id,
            NEW.agreed_by_id, NEW.proposal_id)
        IS DISTINCT FROM
           (OLD.id, OLD.organization_id, OLD.reason, OLD.since, OLD.suspended_by_id,
            OLD.agreed_by_id, OLD.proposal_id)
    THEN
        RAISE EXCEPTION 'a suspension ends once, and stays as it was'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
