-- Whether a person who may sign in holds a role in an organisation; if so, both stay as they are
-- until the transaction ends. Who takes the role away meanwhile waits for what was decided with it.
-- SECURITY DEFINER: locking a row asks for the right to change it, which the application's role
-- need not have.
CREATE FUNCTION identity_hold_role(person bigint, organization uuid, wanted text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    is_held boolean;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    PERFORM FROM identity_membership m JOIN identity_user u ON u.id = m.user_id
    WHERE m.user_id = person AND m.organization_id = organization AND m.role = wanted
      AND u.is_active
    FOR SHARE OF m, u;
    is_held := FOUND;
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN is_held;
END $$;
