-- A certificate stays as it was written, but for its revocation and the last reminder of its end.
DROP TRIGGER sme_certificate_stays ON identity_smecertificate;
CREATE TRIGGER sme_certificate_stays BEFORE UPDATE ON identity_smecertificate
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'revoked_at', 'revoked_by_person_id', 'reminded_days'
    );
GRANT UPDATE (reminded_days) ON identity_smecertificate TO suanpan_app;
