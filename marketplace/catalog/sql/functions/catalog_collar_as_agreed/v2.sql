-- Trigger: a collar is what two people agreed on, or moves the reference of the one before it,
-- unless that one stays at the reference price of its class.
CREATE FUNCTION catalog_collar_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.proposal_id IS NOT NULL AND NOT approvals_is_agreed(
        NEW.proposal_id, 'catalog.collar', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
        jsonb_build_object('book_id', NEW.book_id, 'reference', NEW.reference::text,
            'below_bp', NEW.below_bp, 'above_bp', NEW.above_bp, 'reason', NEW.reason)
            || CASE WHEN NEW.base = 'REFERENCE' THEN '{"base": "REFERENCE"}'::jsonb
                ELSE '{}'::jsonb END
    ) THEN
        RAISE EXCEPTION 'a collar is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.proposal_id IS NULL AND NOT EXISTS (
        SELECT FROM (
            SELECT below_bp, above_bp, low, high, base FROM catalog_pricecollar
            WHERE book_id = NEW.book_id ORDER BY valid_from DESC, id DESC LIMIT 1
        ) AS former
        WHERE former.base = 'INDEX'
          AND former.below_bp = NEW.below_bp AND former.above_bp = NEW.above_bp
          AND NEW.reference BETWEEN former.low AND former.high
    ) THEN
        RAISE EXCEPTION 'the index moves a reference within the band before it, and nothing else'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
