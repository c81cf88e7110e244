DROP TRIGGER grant_is_signed ON identity_grant;
