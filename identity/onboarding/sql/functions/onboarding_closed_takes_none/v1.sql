-- Trigger: a closed organisation gets no members, no agents, no resources.
-- Argument: the column of the organisation.
CREATE FUNCTION onboarding_closed_takes_none() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM identity_organization o
    WHERE o.id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid AND o.closed_at IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION '%: the organisation was closed', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
