-- Trigger: what a person asked is answered once, and whose it is and when stays. Of an erased person
-- the words go later.
CREATE FUNCTION rights_request_answered_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.user_id, NEW.asked_at) IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.asked_at)
       OR (OLD.state <> 'WAITING' AND (NEW.state, NEW.over_at, NEW.answered_by_id)
           IS DISTINCT FROM (OLD.state, OLD.over_at, OLD.answered_by_id)) THEN
        RAISE EXCEPTION 'a request for erasure is answered once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
