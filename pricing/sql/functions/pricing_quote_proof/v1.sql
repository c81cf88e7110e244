-- Whether a hash is that of a quote's inputs, and until when the quote holds: no price, no name.
CREATE FUNCTION pricing_quote_proof(quote uuid, hashed text)
RETURNS TABLE (is_same boolean, quoted_at timestamptz, valid_until timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    RETURN QUERY SELECT q.inputs_hash = hashed, q.quoted_at, q.valid_until
        FROM pricing_quote q WHERE q.id = quote;
    PERFORM set_config('suanpan.tenant', tenant, true);
END $$;

REVOKE ALL ON FUNCTION pricing_quote_proof FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pricing_quote_proof TO suanpan_app;
