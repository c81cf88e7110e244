-- Trigger: an appeal is answered once, as two people agreed; what was said stays.
CREATE FUNCTION appeals_answered_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.state <> 'WAITING'
        OR (NEW.id, NEW.suspension_id, NEW.organization_id, NEW.text, NEW.files, NEW.made_by_id,
            NEW.made_at)
        IS DISTINCT FROM
           (OLD.id, OLD.suspension_id, OLD.organization_id, OLD.text, OLD.files, OLD.made_by_id,
            OLD.made_at)
    THEN
        RAISE EXCEPTION 'an appeal is answered once, and stays as it was made'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state = 'LIFTED' AND NOT EXISTS (
        SELECT FROM identity_suspension over
        WHERE over.id = NEW.suspension_id AND over.ended_at = NEW.answered_at
            AND over.end_reason = NEW.answer AND over.reinstated_by_id = NEW.answered_by_id
            AND over.end_agreed_by_id = NEW.agreed_by_id AND over.end_proposal_id = NEW.proposal_id
    ) OR NEW.state = 'KEPT' AND NOT approvals_is_agreed(
        NEW.proposal_id, 'identity.appeal', NEW.proposal_id, NEW.answered_by_id, NEW.agreed_by_id,
        jsonb_build_object('appeal_id', NEW.id::text, 'answer', NEW.answer)
    ) THEN
        RAISE EXCEPTION 'an appeal is answered as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
