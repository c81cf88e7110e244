-- Trigger: lines are judged and findings written while the audit is being examined, by its auditor.
CREATE FUNCTION assurance_while_examined() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    facts jsonb := to_jsonb(NEW);
    person bigint := coalesce(facts ->> 'judged_by_id', facts ->> 'found_by_id')::bigint;
BEGIN
    IF NOT EXISTS (
        SELECT FROM assurance_capacityaudit a
        WHERE a.id = NEW.audit_id AND a.state = 'EXAMINING' AND a.auditor_id = person
    ) THEN
        RAISE EXCEPTION '%: an audit is examined by its auditor', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
