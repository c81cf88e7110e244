-- Trigger: lines are written with their run, and paid once it is approved, by their own movement.
CREATE FUNCTION payouts_line_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    stands text := (SELECT state FROM payouts_payoutrun WHERE id = NEW.run_id);
BEGIN
    IF TG_OP = 'INSERT' AND (stands <> 'PROPOSED' OR NEW.movement_id IS NOT NULL)
        OR TG_OP = 'UPDATE' AND (
            stands <> 'APPROVED' OR OLD.movement_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM payments_movement m
                WHERE m.id = NEW.movement_id AND m.kind = 'PAYOUT' AND m.state = 'APPROVED'
                  AND (m.organization_id, m.amount_minor) = (NEW.provider_id, NEW.amount_minor)
            )
        )
    THEN
        RAISE EXCEPTION 'a line is paid by its own movement, once its run is approved'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
