-- Trigger: what is under a legal hold does not go. Arguments: the kind that a row is of, the column
-- that names it, the column of its organisation; a column that a table lacks is left empty. Of a
-- statement that removes it looks at all rows at once; they are called `gone`.
CREATE FUNCTION privacy_refuse_held() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    is_held boolean;
BEGIN
    -- A hold that is being placed is waited for; what goes afterwards sees it.
    PERFORM pg_advisory_xact_lock_shared(7268041);
    IF TG_LEVEL = 'ROW' THEN
        is_held := privacy_is_held(
            TG_ARGV[0], to_jsonb(OLD) ->> TG_ARGV[1], to_jsonb(OLD) ->> TG_ARGV[2]);
    ELSE
        EXECUTE
            'SELECT coalesce(bool_or(privacy_is_held($1, about, owner)), false) FROM ('
            || format('SELECT DISTINCT %s AS about, %s AS owner FROM gone',
                coalesce(nullif(quote_ident(TG_ARGV[1]), '""') || '::text', 'NULL::text'),
                coalesce(nullif(quote_ident(TG_ARGV[2]), '""') || '::text', 'NULL::text'))
            || ') AS distinct_owners'
        INTO is_held USING TG_ARGV[0];
    END IF;
    IF is_held THEN
        RAISE EXCEPTION '%: this is under a legal hold', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
