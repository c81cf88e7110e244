DROP TRIGGER closed_takes_no_grant ON identity_grant;
