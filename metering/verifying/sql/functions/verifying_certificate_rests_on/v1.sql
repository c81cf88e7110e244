-- Trigger: a certificate rests on what it names: an accepted report over the same bytes, or an
-- assessment that was granted; and is of their resource.
CREATE FUNCTION verifying_certificate_rests_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF encode(sha256(NEW.document), 'hex') <> NEW.content_hash THEN
        RAISE EXCEPTION 'the hash is not that of the document' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.report_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM metering_verifying_probereport r
        WHERE r.id = NEW.report_id AND r.is_accepted AND r.resource_id = NEW.resource_id
          AND r.body = NEW.document AND r.signature = NEW.signature AND r.agent_id = NEW.agent_id
    ) THEN
        RAISE EXCEPTION 'the report does not bear this certificate'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.assessment_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM metering_verifying_thirdpartyassessment a
        WHERE a.id = NEW.assessment_id AND a.state = 'GRANTED'
          AND a.resource_id = NEW.resource_id AND a.assessor_organization_id = NEW.issuer_id
          AND a.document = NEW.document
    ) THEN
        RAISE EXCEPTION 'the assessment does not bear this certificate'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
