-- Trigger: a reference price is what two people agreed on. But for the first of its class it is
-- announced now: an earlier day of announcement would shorten its notice.
CREATE FUNCTION baselines_reference_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'baselines.reference', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
        jsonb_build_object('hour_class', NEW.hour_class, 'reference', NEW.reference::text,
            'below_bp', NEW.below_bp, 'above_bp', NEW.above_bp, 'floor', NEW.floor::text,
            'off_peak_from', NEW.off_peak_from, 'off_peak_until', NEW.off_peak_until,
            'off_peak_bp', NEW.off_peak_bp, 'baseline_version', NEW.baseline_version,
            'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a reference price is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.announced_at NOT BETWEEN clock_timestamp() - interval '5 minutes'
        AND clock_timestamp() + interval '5 minutes'
        AND EXISTS (SELECT FROM baselines_referenceprice WHERE hour_class = NEW.hour_class)
    THEN
        RAISE EXCEPTION 'a reference price is announced now'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_is_not_back_dated';
    END IF;
    RETURN NEW;
END $$;
