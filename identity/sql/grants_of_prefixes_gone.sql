DROP TRIGGER grant_as_agreed ON identity_grant;
DROP TRIGGER grant_follows ON identity_grant;
DROP TRIGGER grant_keeps ON identity_grant;
DROP TRIGGER grant_stays ON identity_grant;
