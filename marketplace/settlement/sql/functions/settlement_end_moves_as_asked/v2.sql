-- Trigger: the end of a running contract moves once, earlier, and to where an early end says. When
-- it settles never moves back: of an end in its last window it stays.
CREATE FUNCTION settlement_end_moves_as_asked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.ends_at, NEW.settles_at) <> (OLD.ends_at, OLD.settles_at)
        AND (OLD.state <> 'ACTIVE' OR NOT EXISTS (
        SELECT FROM settlement_earlyend asked
        WHERE asked.contract_id = NEW.id AND asked.ends_at = NEW.ends_at
          AND asked.ended_before = OLD.ends_at AND NEW.settles_at <= OLD.settles_at
    )) THEN
        RAISE EXCEPTION 'contract % ends when it was agreed to', OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
