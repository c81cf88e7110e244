-- Trigger: a pool counts what is registered in it, up to its limit, for its owner alone, and while
-- every grant above it holds. SECURITY DEFINER: the application's role has no right to that column.
CREATE FUNCTION identity_count_in_pool() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM inserted i JOIN identity_pool p USING (prefix)
        WHERE i.provider_id <> p.organization_id OR i.profile_id <> p.profile_id
    ) THEN
        RAISE EXCEPTION 'the pool is of another organisation' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM identity_grant g WHERE g.is_current AND g.state <> 'ACTIVE' AND EXISTS (
            SELECT FROM inserted i WHERE starts_with(i.identifier, g.prefix || '-')
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
