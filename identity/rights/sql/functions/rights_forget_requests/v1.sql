-- Takes a person who is erased out of the requests for access that bear their address.
-- SECURITY DEFINER: the application's role changes nothing of what was asked. What it does follows
-- from an erasure alone, which two people agreed on.
CREATE FUNCTION rights_forget_requests(erasure uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    person bigint;
    address text;
    found_rows bigint;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    SELECT e.user_id, u.email INTO person, address
    FROM rights_erasure e JOIN identity_user u ON u.id = e.user_id WHERE e.id = erasure;
    IF person IS NULL THEN
        RAISE EXCEPTION 'there is no such erasure' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE identity_accessrequest
    SET person_name = '—', message = '', email = 'erased-' || person || '@erased.invalid'
    WHERE lower(email) = lower(address);
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN found_rows;
END $$;
