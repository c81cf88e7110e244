-- Whether a person is a member of an organisation, in any role. Asked by triggers of every room, so
-- it sees memberships whichever tenant the transaction acts for, and acts for that one again after.
CREATE FUNCTION identity_belongs(person bigint, organization uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    belongs boolean;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    belongs := EXISTS (
        SELECT FROM identity_membership m
        WHERE m.user_id = person AND m.organization_id = organization
    );
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN belongs;
END $$;
