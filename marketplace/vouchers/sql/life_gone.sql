DROP TRIGGER application_moves ON vouchers_application;
DROP TRIGGER application_is_over ON vouchers_application;
DROP TRIGGER application_stays ON vouchers_application;
DROP TRIGGER draft_stays ON vouchers_application;
DROP TRIGGER application_reviewed_by_an_outsider ON vouchers_application;
DROP TRIGGER application_issued_by_an_outsider ON vouchers_application;
DROP TRIGGER step_stays ON vouchers_applicationstep;
DROP TRIGGER steps_stay ON vouchers_applicationstep;
DROP TRIGGER objection_stays ON vouchers_objection;
DROP TRIGGER objection_answered_once ON vouchers_objection;
DROP TRIGGER objection_by_an_outsider ON vouchers_objection;
ALTER POLICY vouchers_application_insert ON vouchers_application WITH CHECK (
    (SELECT suanpan_tenant()) = '*' OR applicant_id::text = (SELECT suanpan_tenant())
);
DROP TRIGGER voucher_keeps_its_face ON vouchers_voucher;
CREATE TRIGGER voucher_keeps_its_face BEFORE UPDATE ON vouchers_voucher
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'clawed_back_by_id', 'returned_minor', 'sweep_at', 'review_code',
        'review_detail', 'review_since'
    );
