-- Trigger: an audit begins open and moves as its table of states says; what is over stays, a
-- conclusion has every line looked at, and one that costs is what two people agreed on.
CREATE FUNCTION assurance_audit_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'OPEN' THEN
            RAISE EXCEPTION 'an audit begins open'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.closed_at IS NOT NULL OR NEW.state <> OLD.state
        AND (OLD.state, NEW.state) NOT IN (
            ('OPEN', 'EXAMINING'), ('EXAMINING', 'ASKED'), ('ASKED', 'ANSWERED'),
            ('EXAMINING', 'CONCLUDED'), ('ASKED', 'CONCLUDED'), ('ANSWERED', 'CONCLUDED'),
            ('OPEN', 'CANCELLED'), ('EXAMINING', 'CANCELLED')
        )
    THEN
        RAISE EXCEPTION 'an audit goes its way'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state IN ('ASKED', 'CONCLUDED') AND EXISTS (
        SELECT FROM assurance_auditline l WHERE l.audit_id = NEW.id AND l.verdict = 'OPEN'
    ) THEN
        RAISE EXCEPTION 'every line of an audit is looked at'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.proposal_id IS NOT NULL AND NOT approvals_is_agreed(
        NEW.proposal_id, 'assurance.capacity_audit', NEW.found_size_id, NEW.closed_by_id,
        NEW.agreed_by_id,
        jsonb_build_object('audit_id', NEW.id::text, 'conclusion', NEW.conclusion,
            'explanation', NEW.explanation)
    ) THEN
        RAISE EXCEPTION 'a conclusion that costs is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
