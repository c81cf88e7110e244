-- Trigger: the end of a suspension answers the appeal against it that still waits.
CREATE FUNCTION appeals_lifted() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE appeals_appeal
    SET state = 'LIFTED', answer = NEW.end_reason, answered_at = NEW.ended_at,
        answered_by_id = NEW.reinstated_by_id, agreed_by_id = NEW.end_agreed_by_id,
        proposal_id = NEW.end_proposal_id
    WHERE suspension_id = NEW.id AND state = 'WAITING';
    RETURN NULL;
END $$;
