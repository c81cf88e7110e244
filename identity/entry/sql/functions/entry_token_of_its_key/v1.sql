-- Trigger: a token may no more than its key, and lasts no longer.
CREATE FUNCTION entry_token_of_its_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM identity_apikey key
    WHERE key.id = NEW.key_id AND key.organization_id = NEW.organization_id
        AND key.revoked_at IS NULL AND NEW.scopes <@ key.scopes
        AND NEW.expires_at <= least(key.expires_at, key.ends_at)
        AND NEW.expires_at <= NEW.issued_at + interval '1 hour';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a token may no more than its key'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
