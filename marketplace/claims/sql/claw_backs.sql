-- What is taken back stays taken back; what is wanted back is paid back once.
CREATE SEQUENCE claims_recovery_number;
CREATE TRIGGER claw_back_as_agreed BEFORE INSERT ON claims_clawback
    FOR EACH ROW EXECUTE FUNCTION claims_claw_back_as_agreed();
CREATE TRIGGER claw_back_keeps_facts BEFORE UPDATE ON claims_clawback
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('is_over');
CREATE TRIGGER recovery_keeps_facts BEFORE UPDATE ON claims_recovery
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'repaid_at', 'repaid_by_id', 'payment_reference'
    );
CREATE TRIGGER recovery_is_repaid_once BEFORE UPDATE ON claims_recovery
    FOR EACH ROW WHEN (OLD.state = 'REPAID') EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE, TRUNCATE ON claims_clawback, claims_recovery FROM suanpan_app;
