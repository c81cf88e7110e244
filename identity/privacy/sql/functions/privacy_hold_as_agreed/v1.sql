-- Trigger: a legal hold is placed, and lifted, as two people agreed.
CREATE FUNCTION privacy_hold_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- What is being removed just now ends first.
        PERFORM pg_advisory_xact_lock(7268041);
        IF NEW.lifted_at IS NOT NULL OR NOT approvals_is_agreed(
            NEW.proposal_id, 'privacy.hold', NEW.id, NEW.placed_by_id, NEW.agreed_by_id,
            jsonb_build_object(
                'kind', NEW.kind, 'object_id', NEW.object_id, 'reason', NEW.reason)
        ) THEN
            RAISE EXCEPTION 'a legal hold is what was agreed on'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL
        OR (NEW.id, NEW.kind, NEW.object_id, NEW.object_label, NEW.reason, NEW.placed_at,
            NEW.placed_by_id, NEW.agreed_by_id, NEW.proposal_id)
        IS DISTINCT FROM
           (OLD.id, OLD.kind, OLD.object_id, OLD.object_label, OLD.reason, OLD.placed_at,
            OLD.placed_by_id, OLD.agreed_by_id, OLD.proposal_id)
        OR NOT approvals_is_agreed(
            NEW.lift_proposal_id, 'privacy.hold_lift', NEW.lift_proposal_id,
            NEW.lifted_by_id, NEW.lift_agreed_by_id,
            jsonb_build_object('hold_id', NEW.id::text, 'reason', NEW.lift_reason))
    THEN
        RAISE EXCEPTION 'a legal hold is lifted once, as was agreed on, and stays as it was'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
