-- Requests move one way, and what was decided, divided and paid stays so.
CREATE SEQUENCE claims_reimbursement_number;
CREATE TRIGGER reimbursement_keeps_facts BEFORE UPDATE ON claims_reimbursement
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'amount_minor', 'beneficiary', 'facts', 'reviewed_by_id', 'decided_by_id',
        'decided_at', 'publicity_until', 'note', 'claim_id'
    );
CREATE TRIGGER reimbursement_moves BEFORE UPDATE ON claims_reimbursement
    FOR EACH ROW EXECUTE FUNCTION claims_reimbursement_moves();
CREATE TRIGGER reimbursement_line_fits BEFORE INSERT OR UPDATE ON claims_reimbursementline
    FOR EACH ROW WHEN (NEW.is_live) EXECUTE FUNCTION claims_reimbursement_line_fits();
CREATE TRIGGER reimbursement_line_keeps_facts BEFORE UPDATE ON claims_reimbursementline
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'base_minor', 'amount_minor', 'is_live', 'explained'
    );
CREATE TRIGGER reimbursement_objection_keeps_facts BEFORE UPDATE ON claims_reimbursementobjection
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('answered_by_id', 'answered_at', 'answer');
CREATE TRIGGER reimbursement_objection_is_answered_once
    BEFORE UPDATE ON claims_reimbursementobjection
    FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL) EXECUTE FUNCTION suanpan_refuse_change();
-- What is wanted back may be lowered by corrections, and never rises; it is paid back once.
DROP TRIGGER recovery_keeps_facts ON claims_recovery;
DROP TRIGGER recovery_is_repaid_once ON claims_recovery;
CREATE TRIGGER recovery_keeps_facts BEFORE UPDATE ON claims_recovery
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'lowered_minor', 'repaid_at', 'repaid_by_id', 'payment_reference'
    );
CREATE TRIGGER recovery_is_repaid_once BEFORE UPDATE ON claims_recovery
    FOR EACH ROW WHEN (
        OLD.state <> 'OPEN' AND (NEW.state, NEW.repaid_at, NEW.payment_reference)
            IS DISTINCT FROM (OLD.state, OLD.repaid_at, OLD.payment_reference)
    ) EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER recovery_only_falls BEFORE UPDATE ON claims_recovery
    FOR EACH ROW WHEN (NEW.lowered_minor < OLD.lowered_minor)
    EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE, TRUNCATE ON claims_reimbursement, claims_reimbursementline,
    claims_reimbursementobjection FROM suanpan_app;
