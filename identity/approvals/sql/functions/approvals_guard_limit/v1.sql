-- Trigger: whoever runs the program sets a limit only as two people agreed.
CREATE FUNCTION approvals_guard_limit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM approvals_proposal p
        WHERE p.id = NEW.proposal_id AND p.kind = 'approvals.limit' AND p.state = 'APPROVED'
          AND p.result_id = NEW.id
          AND p.content = jsonb_build_object('kind', NEW.kind, 'from_minor', NEW.from_minor)
    ) THEN
        RAISE EXCEPTION 'a limit is set as two people agreed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
