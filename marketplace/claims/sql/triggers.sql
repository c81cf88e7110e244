-- What the room's tables refuse and do by themselves.
CREATE TRIGGER claim_keeps_facts BEFORE UPDATE ON claims_voucherclaim
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'accepted_minor', 'decided_at', 'decided_by_id', 'reason', 'batch',
        'instructed_at', 'paid_at', 'paid_by_id', 'payment_reference'
    );
CREATE TRIGGER claim_keeps BEFORE UPDATE ON claims_voucherclaim
    FOR EACH ROW EXECUTE FUNCTION claims_claim_keeps();
CREATE TRIGGER claim_line_keeps_facts BEFORE UPDATE ON claims_claimline
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('is_live', 'reason');
REVOKE DELETE, TRUNCATE ON claims_voucherclaim, claims_claimline FROM suanpan_app;
