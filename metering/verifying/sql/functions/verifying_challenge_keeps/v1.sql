-- Trigger: what was drawn stays, and a challenge is settled once.
CREATE FUNCTION verifying_challenge_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.settled_at IS NOT NULL THEN
        RAISE EXCEPTION 'a challenge is settled once' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.resource_id, NEW.provider_id, NEW.day, NEW.nonce, NEW.opens_at, NEW.deadline_at)
        IS DISTINCT FROM
        (OLD.resource_id, OLD.provider_id, OLD.day, OLD.nonce, OLD.opens_at, OLD.deadline_at) THEN
        RAISE EXCEPTION 'what was drawn stays' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
