-- Trigger: who asks for access is answered once, and what was asked stays as it is; a person who is
-- erased goes out of it (the application's role has no right to those columns).
CREATE FUNCTION identity_answered_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'WAITING'
        AND to_jsonb(NEW) - '{person_name,email,message}'::text[]
            IS DISTINCT FROM to_jsonb(OLD) - '{person_name,email,message}'::text[]
    THEN
        RAISE EXCEPTION 'this request was answered' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
