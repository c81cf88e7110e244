-- Trigger: a month is closed as two people agreed on it, and the ledger has closed it, too.
CREATE FUNCTION statements_closing_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.state <> 'PROPOSED' OR NEW.proposal_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a closing begins as a proposal'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF TG_OP = 'UPDATE' AND (
        OLD.state = 'CLOSED'
        OR OLD.proposal_id IS NOT NULL AND NEW.proposal_id IS DISTINCT FROM OLD.proposal_id
        OR NEW.state = 'CLOSED' AND NOT (
            EXISTS (
                SELECT FROM ledger_period p
                WHERE p.starts_at = NEW.starts_at AND p.ends_at = NEW.ends_at
            ) AND approvals_is_agreed(
                NEW.proposal_id, 'statements.closing', NEW.id, NEW.proposed_by_id,
                NEW.closed_by_id,
                jsonb_build_object('closing_id', NEW.id, 'trial_hash', NEW.trial_hash)
            )
        )
    ) THEN
        RAISE EXCEPTION 'a month is closed as was agreed on, once, and in the ledger'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
