-- The organisation that a live API key acts for: whoever asks has the key's hash already.
CREATE FUNCTION identity_key_owner(hashed text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    owner uuid;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    SELECT organization_id INTO owner FROM identity_apikey
    WHERE secret_hash = hashed AND revoked_at IS NULL AND expires_at > now();
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN owner;
END $$;
