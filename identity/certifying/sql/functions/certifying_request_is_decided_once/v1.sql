-- Trigger: a request is decided once, keeps what was asked, and its certificate is one of its holder.
CREATE FUNCTION certifying_request_is_decided_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'WAITING' THEN
        RAISE EXCEPTION 'a request that was decided stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.organization_id, NEW.kind, NEW.submission_id, NEW.asked_by_id, NEW.asked_at)
        IS DISTINCT FROM
        (OLD.organization_id, OLD.kind, OLD.submission_id, OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'what was asked stays' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.certificate_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM identity_smecertificate held
        WHERE held.id = NEW.certificate_id AND held.organization_id = NEW.organization_id
            AND held.kind = NEW.kind AND held.issued_by_id = NEW.decided_for_id
    ) THEN
        RAISE EXCEPTION 'the certificate is of another holder, kind or attestor'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
