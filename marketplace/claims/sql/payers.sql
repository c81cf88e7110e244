-- What a payer pays stays as it was divided, and is paid once.
CREATE TRIGGER claim_share_keeps_facts BEFORE UPDATE ON claims_claimshare
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'paid_at', 'paid_by_id', 'payment_reference', 'arrival'
    );
CREATE TRIGGER claim_share_is_paid_once BEFORE UPDATE ON claims_claimshare
    FOR EACH ROW WHEN (OLD.paid_at IS NOT NULL) EXECUTE FUNCTION suanpan_refuse_change();
CREATE CONSTRAINT TRIGGER claim_shares_add_up AFTER INSERT ON claims_claimshare
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_shares_add_up();
REVOKE DELETE, TRUNCATE ON claims_claimshare FROM suanpan_app;
