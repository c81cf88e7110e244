-- Trigger: from the limit on, a deposit is what two people agreed on, to the fen and the reference.
CREATE FUNCTION orders_deposit_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.proposal_id IS NULL THEN
        IF NEW.amount_minor >= approvals_from_minor('orders.deposit') THEN
            RAISE EXCEPTION 'a deposit of this amount takes two people'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF NOT approvals_is_agreed(
        NEW.proposal_id, 'orders.deposit', NEW.id, NEW.recorded_by_id, NEW.confirmed_by_id,
        jsonb_build_object(
            'organization_id', NEW.organization_id,
            'amount_minor', NEW.amount_minor,
            'reference', NEW.reference
        )
    ) THEN
        RAISE EXCEPTION 'a deposit is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
