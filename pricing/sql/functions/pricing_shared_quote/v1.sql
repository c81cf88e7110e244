-- What a quote says, for whoever has a live link to it: asked by the hash of the link's token. It
-- gives the price and what it is for, never whose quote it is; nothing for a link that is over.
CREATE FUNCTION pricing_shared_quote(hashed text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    said jsonb;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    SELECT jsonb_build_object(
        'id', q.id, 'subject', q.subject, 'lines', q.lines, 'asset', q.asset,
        'gross_minor', q.gross_minor, 'standard_hours', q.standard_hours::text,
        'inputs_hash', q.inputs_hash, 'quoted_at', q.quoted_at, 'valid_until', q.valid_until,
        'link_expires_at', l.expires_at)
    INTO said
    FROM pricing_quotelink l JOIN pricing_quote q ON q.id = l.quote_id
    WHERE l.link_hash = hashed AND l.revoked_at IS NULL AND l.expires_at > clock_timestamp();
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN said;
END $$;

REVOKE ALL ON FUNCTION pricing_shared_quote FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pricing_shared_quote TO suanpan_app;
