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
