-- Trigger: an address or a branch is given its end, once, and nothing else of it changes.
CREATE FUNCTION particulars_place_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.valid_to IS NOT NULL OR NEW.valid_to IS NULL OR NEW.ended_by_id IS NULL
        OR to_jsonb(NEW) - '{valid_to,ended_by_id}'::text[]
            IS DISTINCT FROM to_jsonb(OLD) - '{valid_to,ended_by_id}'::text[]
    THEN
        RAISE EXCEPTION 'a place ends once, and stays as it was'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
