-- Trigger: who asks for access is answered once, and what was asked stays as it is.
CREATE FUNCTION identity_answered_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'WAITING' THEN
        RAISE EXCEPTION 'this request was answered' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
