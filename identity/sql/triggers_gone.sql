DROP TRIGGER tie_ends_once ON identity_organizationtie;
DROP TRIGGER tie_stays ON identity_organizationtie;
DROP TRIGGER sme_certificate_by_an_outsider ON identity_smecertificate;
DROP TRIGGER sme_certificate_stays ON identity_smecertificate;
DROP TRIGGER guarded ON identity_user;
DROP TRIGGER password_kept ON identity_user;
