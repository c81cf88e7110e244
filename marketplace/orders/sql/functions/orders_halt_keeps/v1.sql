-- Trigger: a halt ends once, and nothing else of it changes; one that two agreed on, by two.
CREATE FUNCTION orders_halt_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
        OR (NEW.until IS NULL AND NEW.resume_proposal_id IS NULL)
        OR (NEW.id, NEW.book_id, NEW.reason, NEW.since, NEW.until, NEW.halted_by_id,
            NEW.agreed_by_id, NEW.proposal_id)
        IS DISTINCT FROM
           (OLD.id, OLD.book_id, OLD.reason, OLD.since, OLD.until, OLD.halted_by_id,
            OLD.agreed_by_id, OLD.proposal_id)
    THEN
        RAISE EXCEPTION 'a halt ends once, and stays as it was'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
