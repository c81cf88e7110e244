-- Trigger: a version of a control rule is what two people agreed on, but for the one that every
-- rule is installed with: the first, which is there once a rule is known.
CREATE FUNCTION vouchers_control_rule_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.version = 1 AND NEW.proposal_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.proposal_id IS NULL OR NOT approvals_is_agreed(
        NEW.proposal_id, 'vouchers.control_rule', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
        jsonb_build_object('code', NEW.code, 'severity', NEW.severity,
            'parameters', NEW.parameters, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a control rule is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
