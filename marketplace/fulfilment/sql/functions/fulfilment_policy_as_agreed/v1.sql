-- Trigger: but for the one that the market is installed with, a policy is what two people agreed on.
CREATE FUNCTION fulfilment_policy_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'fulfilment.policy', NEW.id, NEW.published_by_id, NEW.approved_by_id,
        jsonb_build_object('source', NEW.source, 'mode', NEW.mode)
    ) OR NOT EXISTS (
        SELECT FROM approvals_proposal p
        WHERE p.id = NEW.proposal_id
          AND coalesce((p.content ->> 'starts_at')::timestamptz, NEW.starts_at) = NEW.starts_at
    ) THEN
        RAISE EXCEPTION 'a delivery policy is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
