-- Trigger: a pool counts the further codes that are given in it, up to its limit, while every grant
-- above it holds. SECURITY DEFINER: the application's role has no right to that column.
CREATE FUNCTION identity_count_aliases() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM identity_grant g WHERE g.is_current AND g.state <> 'ACTIVE' AND EXISTS (
            SELECT FROM inserted i WHERE starts_with(i.code, g.prefix || '-')
        )
    ) THEN
        RAISE EXCEPTION 'a grant above the code does not hold'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_holds';
    END IF;
    UPDATE identity_pool p SET registered = p.registered + n.number
    FROM (SELECT prefix, count(*) AS number FROM inserted GROUP BY prefix) n
    WHERE p.prefix = n.prefix;
    RETURN NULL;
END $$;
