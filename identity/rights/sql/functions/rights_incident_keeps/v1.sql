-- Trigger: an incident is closed once, as two people agreed; until then its severity alone changes.
CREATE FUNCTION rights_incident_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL
        OR (NEW.id, NEW.title, NEW.nature, NEW.duties, NEW.noticed_at, NEW.reported_at,
            NEW.reported_by_id, NEW.people_affected)
        IS DISTINCT FROM
           (OLD.id, OLD.title, OLD.nature, OLD.duties, OLD.noticed_at, OLD.reported_at,
            OLD.reported_by_id, OLD.people_affected)
        OR (NEW.closed_at IS NOT NULL AND NOT approvals_is_agreed(
            NEW.proposal_id, 'rights.incident', NEW.proposal_id, NEW.proposed_by_id,
            NEW.agreed_by_id, jsonb_build_object(
                'incident_id', NEW.id::text, 'lesson', NEW.lesson,
                'is_published', NEW.is_published)))
    THEN
        RAISE EXCEPTION 'an incident is closed once, as was agreed on, and stays as it was'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
