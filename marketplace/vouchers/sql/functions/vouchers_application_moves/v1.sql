-- Trigger: an application moves as its table of states says (vouchers/life.py), from a draft on.
CREATE FUNCTION vouchers_application_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('DRAFT', 'APPLIED'), ('DRAFT', 'WITHDRAWN'), ('DRAFT', 'EXPIRED'),
        ('APPLIED', 'EVIDENCE_ASKED'), ('APPLIED', 'REVIEWED'), ('APPLIED', 'REJECTED'),
        ('APPLIED', 'WITHDRAWN'),
        ('EVIDENCE_ASKED', 'APPLIED'), ('EVIDENCE_ASKED', 'WITHDRAWN'),
        ('EVIDENCE_ASKED', 'EXPIRED'),
        ('REVIEWED', 'APPLIED'), ('REVIEWED', 'PUBLISHED'), ('REVIEWED', 'APPROVED'),
        ('REVIEWED', 'REJECTED'), ('REVIEWED', 'WITHDRAWN'),
        ('PUBLISHED', 'APPROVED'), ('PUBLISHED', 'REJECTED'), ('PUBLISHED', 'WITHDRAWN'),
        ('APPROVED', 'ISSUED'), ('APPROVED', 'WITHDRAWN'), ('APPROVED', 'EXPIRED'),
        ('APPROVED', 'REVOKED')
    ) THEN
        RAISE EXCEPTION 'application % does not go from % to %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
