-- Trigger: a version of a rule is what two people agreed on.
CREATE FUNCTION assurance_rule_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.proposal_id IS NULL OR NOT approvals_is_agreed(
        NEW.proposal_id, 'assurance.rule', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
        jsonb_build_object('pattern', NEW.pattern, 'parameters', NEW.parameters,
            'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a surveillance rule is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
