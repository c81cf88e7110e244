-- Who knows nothing of prefixes registers under profile 1, whose serials are given within its owner.
CREATE FUNCTION identity_fill_prefix() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.prefix = '' THEN
        NEW.prefix := split_part(NEW.identifier, '-', 1) || '-' || split_part(NEW.identifier, '-', 2);
    END IF;
    RETURN NEW;
END
$$;
