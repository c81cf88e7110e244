-- Trigger: but for what the market is installed with, a rule's version is what two people agreed on.
CREATE FUNCTION metering_rule_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.proposal_id IS NOT NULL AND NOT approvals_is_agreed(
        NEW.proposal_id, 'metering.rule', NEW.id, NEW.published_by_id, NEW.approved_by_id,
        jsonb_build_object(
            'code', NEW.rule_id, 'version', NEW.version, 'source', NEW.source,
            'definition', NEW.definition
        )
    ) THEN
        RAISE EXCEPTION 'a measurement rule is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
