-- Trigger: a case goes from open to in work to closed, what it is about stays, and a finding with
-- effects is what two people agreed on.
CREATE FUNCTION assurance_case_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.state = 'CLOSED' OR (OLD.state = 'IN_WORK' AND NEW.state = 'OPEN')
        OR (OLD.state = 'OPEN' AND NEW.state = 'CLOSED')
        OR (NEW.id, NEW.number, NEW.rule_id, NEW.pattern, NEW.subject, NEW.organization_ids,
            NEW.opened_at)
        IS DISTINCT FROM
           (OLD.id, OLD.number, OLD.rule_id, OLD.pattern, OLD.subject, OLD.organization_ids,
            OLD.opened_at)
    THEN
        RAISE EXCEPTION 'a case goes its way, and stays what it is about'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.proposal_id IS NOT NULL AND NOT approvals_is_agreed(
        NEW.proposal_id, 'assurance.closing', NEW.proposal_id, NEW.closed_by_id, NEW.agreed_by_id,
        jsonb_build_object('case_id', NEW.id::text, 'explanation', NEW.explanation)
    ) THEN
        RAISE EXCEPTION 'a finding with effects is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
