-- Trigger: a claim goes one way, and what it accepts is what its live lines add up to.
CREATE FUNCTION claims_claim_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('SUBMITTED', 'CHECKED'), ('SUBMITTED', 'RETURNED'), ('SUBMITTED', 'WITHDRAWN'),
        ('CHECKED', 'INSTRUCTED'), ('CHECKED', 'WITHDRAWN'), ('INSTRUCTED', 'PAID'),
        ('INSTRUCTED', 'RETURNED')
    ) THEN
        RAISE EXCEPTION 'a claim does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state IN ('CHECKED', 'INSTRUCTED', 'PAID') AND NEW.accepted_minor IS DISTINCT FROM (
        SELECT sum(amount_minor) FROM claims_claimline WHERE claim_id = NEW.id AND is_live
    ) THEN
        RAISE EXCEPTION 'a claim is what its lines add up to'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
