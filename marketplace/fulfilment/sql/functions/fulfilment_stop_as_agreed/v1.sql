-- Trigger: a delivery is stopped as two people agreed on, while it is not over.
CREATE FUNCTION fulfilment_stop_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'fulfilment.stop', NEW.id, NEW.proposed_by_id, NEW.approved_by_id,
        jsonb_build_object(
            'delivery_id', NEW.delivery_id::text, 'reason', NEW.reason, 'evidence', NEW.evidence)
    ) OR NOT EXISTS (
        SELECT FROM fulfilment_computedelivery d
        WHERE d.id = NEW.delivery_id AND d.state NOT IN ('EXITED', 'FAILED', 'CALLED_OFF')
          AND (d.buyer_id, d.provider_id) = (NEW.buyer_id, NEW.provider_id)
    ) THEN
        RAISE EXCEPTION 'a delivery is stopped as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
