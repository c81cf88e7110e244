-- Whose seals count: SHA-256 of each, in hexadecimal. `migrate` writes them in (common/seals.py).
CREATE FUNCTION suanpan_seals(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY[]::text[];

-- The tenant that the transaction acts for. For the application's role the whole market, `*`, is
-- behind a seal that its programs know and its statements do not; the owner just says `*`.
CREATE FUNCTION suanpan_tenant() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN current_setting('suanpan.tenant', true) = '*' AND current_user <> 'suanpan_app' THEN '*'
    WHEN length(current_setting('suanpan.tenant', true)) = 64
        AND encode(sha256(current_setting('suanpan.tenant', true)::bytea), 'hex')
            = ANY (suanpan_seals('platform')) THEN '*'
    ELSE coalesce(nullif(current_setting('suanpan.tenant', true), '*'), '')
END;

-- Whether the transaction belongs to signing in, which alone touches passwords and factors.
CREATE FUNCTION suanpan_is_sign_in() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_user <> 'suanpan_app' OR coalesce(
    encode(sha256(current_setting('suanpan.sign_in', true)::bytea), 'hex')
        = ANY (suanpan_seals('sign_in')), false);
