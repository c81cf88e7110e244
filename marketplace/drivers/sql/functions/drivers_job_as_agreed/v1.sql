-- Trigger: a job that names a proposal runs what a second person of the buyer agreed on.
CREATE FUNCTION drivers_job_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.proposal_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM approvals_proposal p
        WHERE p.id = NEW.proposal_id AND p.kind = 'drivers.job' AND p.state = 'APPROVED'
          AND p.desk_id = NEW.buyer_id AND p.content->>'job_hash' = NEW.content_hash
          AND p.content->'job' = jsonb_build_object('command', NEW.command, 'image', NEW.image,
              'data_reference', NEW.data_reference, 'result_reference', NEW.result_reference,
              'environment', NEW.environment, 'sealed_names', NEW.sealed_names,
              'wall_seconds', NEW.wall_seconds)
    ) THEN
        RAISE EXCEPTION 'a job runs what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
