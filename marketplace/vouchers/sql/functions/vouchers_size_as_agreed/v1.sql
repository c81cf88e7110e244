-- Trigger: the size of a supplier is what two people agreed on, by documents or by an audit.
CREATE FUNCTION vouchers_size_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    wanted text := CASE NEW.origin
        WHEN 'AUDITED' THEN 'assurance.capacity_audit' ELSE 'vouchers.supplier_size'
    END;
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, wanted, NEW.id, NEW.recorded_by_id, NEW.agreed_by_id,
        jsonb_build_object('supplier_id', NEW.supplier_id::text, 'pflops', NEW.pflops,
            'racks', NEW.racks, 'reference', NEW.reference)
    ) THEN
        RAISE EXCEPTION 'the size of a supplier is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
