-- Trigger: numbers have no gaps; whoever issues waits for whoever issues.
CREATE FUNCTION statements_next_in_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_NAME, 12));
    EXECUTE format('SELECT coalesce(max(sequence), 0) FROM %I', TG_TABLE_NAME) INTO last;
    IF NEW.sequence <> last + 1 THEN
        RAISE EXCEPTION '%: the next number is %', TG_TABLE_NAME, last + 1
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
