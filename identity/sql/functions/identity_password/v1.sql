-- The hash of a person's password, for those who show the seal of signing in.
CREATE FUNCTION identity_password(person bigint, seal text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
RETURN (
    SELECT hash FROM identity_passwordhash
    WHERE user_id = person
      AND encode(sha256(convert_to(seal, 'UTF8')), 'hex') = ANY (suanpan_seals('sign_in'))
);
