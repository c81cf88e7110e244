-- The life of an application: as its states allow, and never again once it is over.
CREATE TRIGGER application_moves BEFORE UPDATE ON vouchers_application
    FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION vouchers_application_moves();
CREATE TRIGGER application_is_over BEFORE UPDATE ON vouchers_application
    FOR EACH ROW WHEN (OLD.state IN ('ISSUED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'REVOKED'))
    EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER application_stays BEFORE UPDATE ON vouchers_application
    FOR EACH ROW WHEN (OLD.state <> 'DRAFT') EXECUTE FUNCTION identity_keep_facts(
        'state', 'beneficiary', 'facts', 'checks', 'files', 'reviewed_by_id',
        'decided_by_organization_id', 'decided_by_id', 'decided_at', 'issued_by_id', 'note',
        'publicity_until', 'ends_at', 'reminded_days'
    );
CREATE TRIGGER draft_stays BEFORE UPDATE ON vouchers_application
    FOR EACH ROW WHEN (OLD.state = 'DRAFT') EXECUTE FUNCTION identity_keep_facts(
        'state', 'programme_version_id', 'amount_minor', 'purpose', 'beneficiary', 'facts',
        'checks', 'files', 'note', 'ends_at', 'reminded_days'
    );
CREATE TRIGGER application_reviewed_by_an_outsider
    BEFORE INSERT OR UPDATE ON vouchers_application
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('reviewed_by_id', 'applicant_id');
CREATE TRIGGER application_issued_by_an_outsider BEFORE INSERT OR UPDATE ON vouchers_application
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('issued_by_id', 'applicant_id');
-- An organisation begins its own application; all that follows is the platform's to write.
ALTER POLICY vouchers_application_insert ON vouchers_application WITH CHECK (
    ((SELECT suanpan_tenant()) = '*' OR applicant_id::text = (SELECT suanpan_tenant()))
    AND ((SELECT suanpan_tenant()) = '*' OR state = 'DRAFT')
);

CREATE TRIGGER step_stays BEFORE UPDATE OR DELETE ON vouchers_applicationstep
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER steps_stay BEFORE TRUNCATE ON vouchers_applicationstep
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
REVOKE UPDATE, DELETE ON vouchers_applicationstep FROM suanpan_app;

CREATE TRIGGER objection_stays BEFORE UPDATE ON vouchers_objection
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'answered_by_id', 'answered_at', 'answer'
    );
CREATE TRIGGER objection_answered_once BEFORE UPDATE ON vouchers_objection
    FOR EACH ROW WHEN (OLD.state <> 'OPEN') EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER objection_by_an_outsider BEFORE INSERT OR UPDATE ON vouchers_objection
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('answered_by_id', 'made_for_id');
REVOKE DELETE ON vouchers_objection FROM suanpan_app;

DROP TRIGGER voucher_keeps_its_face ON vouchers_voucher;
CREATE TRIGGER voucher_keeps_its_face BEFORE UPDATE ON vouchers_voucher
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'clawed_back_by_id', 'returned_minor', 'sweep_at', 'review_code',
        'review_detail', 'review_since', 'reminded_days'
    );
