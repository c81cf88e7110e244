-- The newest words about resources, as everybody is told of them: whose they are and the bytes they
-- were read from stay behind. Whoever asks keeps acting for whom they act, or for nobody.
CREATE FUNCTION sensing_told(resources uuid[])
RETURNS TABLE (
    resource_id uuid, source varchar, total_milli bigint, free_milli bigint, health varchar,
    observed_at timestamptz, fresh_until timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    RETURN QUERY
        SELECT s.resource_id, s.source, s.total_milli, s.free_milli, s.health, s.observed_at,
            s.fresh_until
        FROM sensing_sourcestate s WHERE s.resource_id = ANY (resources);
    PERFORM set_config('suanpan.tenant', tenant, true);
END $$;

REVOKE ALL ON FUNCTION sensing_told FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sensing_told TO suanpan_app;
