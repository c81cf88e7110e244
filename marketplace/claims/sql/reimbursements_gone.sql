DROP TRIGGER recovery_only_falls ON claims_recovery;
DROP TRIGGER recovery_is_repaid_once ON claims_recovery;
DROP TRIGGER recovery_keeps_facts ON claims_recovery;
CREATE TRIGGER recovery_keeps_facts BEFORE UPDATE ON claims_recovery
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'repaid_at', 'repaid_by_id', 'payment_reference'
    );
CREATE TRIGGER recovery_is_repaid_once BEFORE UPDATE ON claims_recovery
    FOR EACH ROW WHEN (OLD.state = 'REPAID') EXECUTE FUNCTION suanpan_refuse_change();
DROP TRIGGER reimbursement_objection_is_answered_once ON claims_reimbursementobjection;
DROP TRIGGER reimbursement_objection_keeps_facts ON claims_reimbursementobjection;
DROP TRIGGER reimbursement_line_keeps_facts ON claims_reimbursementline;
DROP TRIGGER reimbursement_line_fits ON claims_reimbursementline;
DROP TRIGGER reimbursement_moves ON claims_reimbursement;
DROP TRIGGER reimbursement_keeps_facts ON claims_reimbursement;
DROP SEQUENCE claims_reimbursement_number;
