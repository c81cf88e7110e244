-- Whether a person has set up a second factor, an app or a passkey: asked with every request.
CREATE FUNCTION identity_has_second_factor(person bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
RETURN EXISTS (
    SELECT FROM mfa_authenticator WHERE user_id = person AND type IN ('totp', 'webauthn')
);
