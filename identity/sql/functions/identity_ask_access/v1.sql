-- A stranger asks to be let in: the only way in which such a row is written. One that waits for the
-- same organisation, person and role is not repeated, and a day has room for so many; what is told
-- of a row that waits already is what is told of a new one.
CREATE FUNCTION identity_ask_access(
    request uuid, uscc text, organization text, person text, email text, role text,
    message text, language text, at timestamptz, day_max integer
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    outcome text := 'full';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('identity_ask_access', 0));
    PERFORM set_config('suanpan.tenant', '*', true);
    IF (SELECT count(*) FROM identity_accessrequest r WHERE r.asked_at > at - interval '1 day')
        < day_max
    THEN
        INSERT INTO identity_accessrequest (
            id, uscc, organization_name, person_name, email, role, message, language, asked_at,
            state, answer
        ) VALUES (
            request, uscc, organization, person, email, role, message, language, at, 'WAITING', ''
        ) ON CONFLICT DO NOTHING;
        outcome := CASE WHEN FOUND THEN 'asked' ELSE 'waits' END;
    END IF;
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN outcome;
END $$;

REVOKE ALL ON FUNCTION identity_ask_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity_ask_access TO suanpan_app;
