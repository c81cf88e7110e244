-- In which groups of providers a buyer is at a moment, and for which of its projects: an entry about
-- a project comes first, with its code, then the one about the buyer, then the one about all who are
-- related to the provider, which is told apart. It answers the buyer itself and the platform, and
-- nobody else.
CREATE FUNCTION pricing_groups_for(buyer uuid, moment timestamptz)
RETURNS TABLE (provider_id uuid, name text, since timestamptz, until timestamptz,
    if_related boolean, project text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
BEGIN
    -- The platform states itself by its seal, which never is the bare star.
    IF tenant = '*' OR suanpan_tenant() NOT IN ('*', buyer::text) THEN
        RETURN;
    END IF;
    PERFORM set_config('suanpan.tenant', '*', true);
    RETURN QUERY
        SELECT e.provider_id, e.price_group::text, e.starts_at, e.ends_at, e.buyer_id IS NULL,
            e.project_code::text
        FROM pricing_pricegroupentry e
        WHERE (e.buyer_id = buyer OR e.buyer_id IS NULL AND e.provider_id <> buyer)
            AND e.starts_at <= moment
            AND (e.ends_at IS NULL OR e.ends_at > moment)
        ORDER BY e.project_code = '', e.buyer_id IS NULL;
    PERFORM set_config('suanpan.tenant', tenant, true);
END $$;

REVOKE ALL ON FUNCTION pricing_groups_for FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pricing_groups_for TO suanpan_app;
