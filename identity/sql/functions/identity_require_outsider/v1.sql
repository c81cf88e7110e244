-- Trigger: who judges is no member of the organisation that is judged.
-- Arguments: the column of the person, the column of the organisation.
CREATE FUNCTION identity_require_outsider() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    facts jsonb := to_jsonb(NEW);
BEGIN
    IF identity_belongs(
        (facts ->> TG_ARGV[0])::bigint, (facts ->> TG_ARGV[1])::uuid
    ) THEN
        RAISE EXCEPTION '%: nobody judges an organisation of their own', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
