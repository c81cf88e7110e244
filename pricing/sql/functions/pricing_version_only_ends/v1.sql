-- The one thing that may happen to a version: its successor names when it ends.
CREATE FUNCTION pricing_version_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.ends_at IS NOT NULL OR NEW.ends_at IS NULL
       OR to_jsonb(NEW) - 'ends_at' <> to_jsonb(OLD) - 'ends_at' THEN
        RAISE EXCEPTION 'a published version is never edited'
            USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
