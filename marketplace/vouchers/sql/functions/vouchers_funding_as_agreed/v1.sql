-- Trigger: from the limit on, a budget is what two people agreed on, to the fen and the reference.
CREATE FUNCTION vouchers_funding_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.proposal_id IS NULL THEN
        IF NEW.amount_minor >= approvals_from_minor('vouchers.funding') THEN
            RAISE EXCEPTION 'a budget of this amount takes two people'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF NOT approvals_is_agreed(
        NEW.proposal_id, 'vouchers.funding', NEW.id, NEW.funded_by_id, NEW.confirmed_by_id,
        jsonb_build_object(
            'programme_id', NEW.programme_id,
            'amount_minor', NEW.amount_minor,
            'reference', NEW.reference
        )
    ) THEN
        RAISE EXCEPTION 'a budget is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
