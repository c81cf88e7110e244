DROP TRIGGER sme_certificate_stays ON identity_smecertificate;
CREATE TRIGGER sme_certificate_stays BEFORE UPDATE ON identity_smecertificate
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('revoked_at', 'revoked_by_person_id');
REVOKE UPDATE (reminded_days) ON identity_smecertificate FROM suanpan_app;
