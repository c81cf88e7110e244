-- Whether the transaction belongs to signing in, which alone touches passwords and factors.
CREATE FUNCTION suanpan_is_sign_in() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_user <> 'suanpan_app' OR coalesce(
    encode(sha256(current_setting('suanpan.sign_in', true)::bytea), 'hex')
        = ANY (suanpan_seals('sign_in')), false);
