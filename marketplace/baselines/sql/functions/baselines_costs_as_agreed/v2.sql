-- Trigger: a version of costs is what two people agreed on, and the number after the one before.
-- It is announced now: an earlier day of announcement would shorten its notice.
CREATE FUNCTION baselines_costs_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'baselines.costs', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
        jsonb_build_object('number', NEW.number, 'changes', NEW.changes,
            'content', NEW.content, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a version of costs is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.number > 2 AND NOT EXISTS (
        SELECT FROM baselines_costversion WHERE number = NEW.number - 1
            AND valid_from <= NEW.valid_from
    ) THEN
        RAISE EXCEPTION 'versions of costs follow each other'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.announced_at NOT BETWEEN clock_timestamp() - interval '5 minutes'
        AND clock_timestamp() + interval '5 minutes' THEN
        RAISE EXCEPTION 'a version of costs is announced now'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_is_not_back_dated';
    END IF;
    RETURN NEW;
END $$;
