-- The figures of the big screen for whoever has a live link: asked by the hash of its token.
-- It gives what stands on the boards and nothing else: one empty row before there are any, and no
-- row for a link that is over.
CREATE FUNCTION bulletin_wall(hashed text)
RETURNS TABLE (kind varchar, taken_at timestamptz, content jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    is_live boolean;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    SELECT EXISTS (
        SELECT FROM bulletin_walllink l
        WHERE l.link_hash = hashed AND l.revoked_at IS NULL AND l.expires_at > now()
    ) INTO is_live;
    IF is_live THEN
        RETURN QUERY SELECT b.kind, b.taken_at, b.content
            FROM (SELECT) AS live LEFT JOIN bulletin_board b ON true;
    END IF;
    PERFORM set_config('suanpan.tenant', tenant, true);
END $$;

REVOKE ALL ON FUNCTION bulletin_wall FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bulletin_wall TO suanpan_app;
