-- Trigger: an adjustment is what two people agreed on, and one that reverses another mirrors it.
-- One by rule is a credit for a service level, of the room above that computes it, and no other.
-- What goes back to vouchers was agreed on in their asset.
CREATE FUNCTION settlement_adjustment_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.by_rule <> '' THEN
        RETURN NEW;  -- Its checks say what it may be, and a trigger of its room that it was computed.
    END IF;
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'settlement.adjustment', NEW.id, NEW.booked_by_id, NEW.approved_by_id,
        jsonb_build_object(
            'reason', NEW.reason, 'payer', NEW.payer, 'payee', NEW.payee,
            'buyer_id', NEW.buyer_id, 'provider_id', NEW.provider_id,
            'contract_id', NEW.contract_id, 'amount_minor', NEW.amount_minor,
            'reference', NEW.reference, 'evidence', NEW.evidence, 'reverses', NEW.reverses_id
        ) || CASE NEW.asset
            WHEN 'CNY' THEN '{}'::jsonb
            ELSE jsonb_build_object('asset', NEW.asset)
        END
    ) THEN
        RAISE EXCEPTION 'an adjustment is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF EXISTS (
        SELECT FROM approvals_proposal p
        WHERE p.id = NEW.proposal_id AND p.content ->> 'asset' <> NEW.asset
    ) THEN
        RAISE EXCEPTION 'an adjustment is in what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM settlement_adjustment a
        WHERE a.id = NEW.reverses_id AND a.reverses_id IS NULL
          AND (a.payer, a.payee, a.amount_minor) = (NEW.payee, NEW.payer, NEW.amount_minor)
          AND (a.buyer_id, a.provider_id, a.contract_id)
              IS NOT DISTINCT FROM (NEW.buyer_id, NEW.provider_id, NEW.contract_id)
    ) THEN
        RAISE EXCEPTION 'a reversal is the same amount the other way'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
