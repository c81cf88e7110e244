-- Trigger: an assessment is asked for, recorded, decided; what was asked and recorded stays.
CREATE FUNCTION verifying_assessment_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state NOT IN ('ASKED', 'RECORDED') THEN
        RAISE EXCEPTION 'an assessment is decided once' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'ASKED' AND NEW.state = 'GRANTED' OR OLD.state = 'RECORDED' AND NEW.state = 'ASKED'
    THEN
        RAISE EXCEPTION 'nothing is granted that was not recorded'
            USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.resource_id, NEW.provider_id, NEW.assessor_id, NEW.assessor_organization_id,
        NEW.asked_by_id, NEW.asked_at)
        IS DISTINCT FROM
        (OLD.resource_id, OLD.provider_id, OLD.assessor_id, OLD.assessor_organization_id,
        OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'what was asked stays' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'RECORDED' AND
        (NEW.content, NEW.document, NEW.recorded_by_id, NEW.recorded_at, NEW.signature)
        IS DISTINCT FROM
        (OLD.content, OLD.document, OLD.recorded_by_id, OLD.recorded_at, OLD.signature) THEN
        RAISE EXCEPTION 'what was recorded stays' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
