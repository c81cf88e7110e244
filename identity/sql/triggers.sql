-- What the room's tables refuse and do by themselves.

-- What was recorded stays; a tie that lasts may be given its end, once. No column has the name
-- that the second trigger lets change.
CREATE TRIGGER tie_ends_once BEFORE UPDATE ON identity_organizationtie
    FOR EACH ROW WHEN (OLD.valid_to IS NOT NULL)
    EXECUTE FUNCTION identity_keep_facts('-');
CREATE TRIGGER tie_stays BEFORE UPDATE OR DELETE ON identity_organizationtie
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('valid_to', 'ended_by_id');

-- Evidence names who attested it; it may be revoked, and is never edited.
CREATE TRIGGER sme_certificate_by_an_outsider BEFORE INSERT ON identity_smecertificate
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider(
        'issued_by_person_id', 'organization_id'
    );
CREATE TRIGGER sme_certificate_stays BEFORE UPDATE ON identity_smecertificate
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('revoked_at', 'revoked_by_person_id');

CREATE TRIGGER guarded BEFORE INSERT OR UPDATE ON identity_user
    FOR EACH ROW EXECUTE FUNCTION identity_guard_user();
CREATE TRIGGER password_kept BEFORE INSERT OR UPDATE OF password ON identity_user
    FOR EACH ROW EXECUTE FUNCTION identity_keep_password();
