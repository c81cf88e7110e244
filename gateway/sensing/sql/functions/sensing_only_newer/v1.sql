-- An older word never replaces a newer one of the same source.
CREATE FUNCTION sensing_only_newer() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF (NEW.resource_id, NEW.source) IS DISTINCT FROM (OLD.resource_id, OLD.source)
        OR (NEW.observed_at, NEW.sequence, NEW.digest)
         < (OLD.observed_at, OLD.sequence, OLD.digest)
    THEN
        RAISE EXCEPTION 'an older word about % does not replace a newer one', OLD.resource_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'state_only_newer';
    END IF;
    RETURN NEW;
END
$$;
