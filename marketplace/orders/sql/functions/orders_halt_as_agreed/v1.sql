-- Trigger: a halt that stays, and taking up trade again, are what two people agreed on.
CREATE FUNCTION orders_halt_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.proposal_id IS NOT NULL AND NOT approvals_is_agreed(
        NEW.proposal_id, 'orders.halt', NEW.id, NEW.halted_by_id, NEW.agreed_by_id,
        jsonb_build_object('book_id', NEW.book_id, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a halt is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.resume_proposal_id IS NOT NULL AND NOT approvals_is_agreed(
        NEW.resume_proposal_id, 'orders.resume', NEW.resume_proposal_id,
        NEW.resumed_by_id, NEW.resume_agreed_by_id,
        jsonb_build_object('halt_id', NEW.id::text, 'reason', NEW.end_reason)
    ) THEN
        RAISE EXCEPTION 'trade is taken up again as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
