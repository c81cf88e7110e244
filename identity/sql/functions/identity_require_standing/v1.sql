-- Trigger: a suspended organisation begins nothing new. Argument: the column of the organisation.
-- Of a statement that inserts it looks at all rows at once; they are called `inserted`.
CREATE FUNCTION identity_require_standing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    acting uuid[];
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        acting := ARRAY[(to_jsonb(NEW) ->> TG_ARGV[0])::uuid];
    ELSE
        EXECUTE format('SELECT array_agg(DISTINCT %I) FROM inserted', TG_ARGV[0]) INTO acting;
    END IF;
    IF cardinality(identity_suspended(acting)) > 0 THEN
        RAISE EXCEPTION '%: the organisation is suspended', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
