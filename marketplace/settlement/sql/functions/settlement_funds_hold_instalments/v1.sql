-- The cash of a long contract is held as its instalments say, to the fen: what is not an instalment
-- that is held is not on hold.
CREATE FUNCTION settlement_funds_hold_instalments() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.held_minor <> OLD.held_minor AND NEW.held_minor IS DISTINCT FROM (
        SELECT sum(part.amount_minor) FROM settlement_contractinstalment part
        WHERE part.contract_id = NEW.contract_id AND part.state = 'HELD'
    ) THEN
        RAISE EXCEPTION 'contract % holds what its instalments say', NEW.contract_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
