CREATE TRIGGER application_is_decided_once BEFORE UPDATE ON vouchers_application
    FOR EACH ROW WHEN (OLD.state <> 'APPLIED')
    EXECUTE FUNCTION vouchers_decide_once();
CREATE TRIGGER application_stays BEFORE UPDATE ON vouchers_application
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'decided_by_organization_id', 'decided_by_id', 'decided_at', 'note'
    );
ALTER POLICY vouchers_application_insert ON vouchers_application WITH CHECK (
    ((SELECT suanpan_tenant()) = '*' OR applicant_id::text = (SELECT suanpan_tenant()))
    AND ((SELECT suanpan_tenant()) = '*' OR state = 'APPLIED')
);
