-- A key that was replaced ends when it was said to, or sooner; one that was revoked stays so.
CREATE TRIGGER api_key_only_ends BEFORE UPDATE ON identity_apikey
    FOR EACH ROW EXECUTE FUNCTION identity_key_only_ends();
GRANT UPDATE (ends_at, last_used_at, last_used_from) ON identity_apikey TO suanpan_app;
