-- The one thing that may happen to a version: its successor names when it ends, now or later.
CREATE FUNCTION pricing_version_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.ends_at IS NOT NULL OR NEW.ends_at IS NULL
       OR to_jsonb(NEW) - 'ends_at' <> to_jsonb(OLD) - 'ends_at' THEN
        RAISE EXCEPTION 'a published version is never edited'
            USING ERRCODE = '23001';
    END IF;
    IF NEW.ends_at < clock_timestamp() - interval '5 minutes' THEN
        RAISE EXCEPTION 'a price that was in force is not taken back'
            USING ERRCODE = '23514', CONSTRAINT = 'rule_is_not_back_dated';
    END IF;
    RETURN NEW;
END $$;
