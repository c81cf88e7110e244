-- Trigger: the next reference order is what two people agreed on, and begins after the one before.
-- It is announced now: an earlier day of announcement would shorten its notice.
CREATE FUNCTION catalog_reference_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'catalog.reference_order', NEW.agreement, NEW.published_by_id,
        NEW.agreed_by_id, jsonb_build_object('order', NEW.content, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a reference order is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF EXISTS (
        SELECT FROM catalog_referenceorder
        WHERE number >= NEW.number OR starts_at >= NEW.starts_at OR published_at > NEW.published_at
    ) THEN
        RAISE EXCEPTION 'reference orders follow each other'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.published_at NOT BETWEEN clock_timestamp() - interval '5 minutes'
        AND clock_timestamp() + interval '5 minutes'
    THEN
        RAISE EXCEPTION 'a reference order is announced now'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_is_not_back_dated';
    END IF;
    RETURN NEW;
END $$;
