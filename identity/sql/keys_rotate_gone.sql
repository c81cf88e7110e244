DROP TRIGGER api_key_only_ends ON identity_apikey;
REVOKE UPDATE (ends_at, last_used_at, last_used_from) ON identity_apikey FROM suanpan_app;
