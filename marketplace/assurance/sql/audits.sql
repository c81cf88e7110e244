-- Audits of capacity: their numbers, the rule that opens a case, and what stays.
SELECT set_config('suanpan.tenant', '*', true);
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE assurance_surveillancerule DISABLE TRIGGER rule_as_agreed;
INSERT INTO assurance_surveillancerule
    (id, pattern, version, parameters, content_hash, reason, valid_from)
SELECT '01900000-0000-7000-8000-000000000107'::uuid, pattern, 1, parameters::jsonb,
       encode(sha256(convert_to(pattern || ' ' || parameters, 'UTF8')), 'hex'),
       'installed with the market', '2026-01-01Z'
FROM (VALUES ('capacity_audit', '{"days":31,"findings":1}')) AS first (pattern, parameters);
ALTER TABLE assurance_surveillancerule ENABLE TRIGGER rule_as_agreed;
SET CONSTRAINTS ALL DEFERRED;
CREATE SEQUENCE assurance_audit_number;
CREATE SEQUENCE assurance_audit_draw_number;
GRANT USAGE ON SEQUENCE assurance_audit_number, assurance_audit_draw_number TO suanpan_app;
CREATE TRIGGER audit_keeps BEFORE UPDATE ON assurance_capacityaudit
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'auditor_id', 'told_at', 'answer_due_on', 'answer', 'answered_at',
        'answered_by_id', 'conclusion', 'explanation', 'found_size_id', 'closed_at',
        'closed_by_id', 'agreed_by_id', 'proposal_id'
    );
CREATE TRIGGER audited_by_an_outsider BEFORE INSERT OR UPDATE ON assurance_capacityaudit
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('auditor_id', 'supplier_id');
CREATE TRIGGER audit_closed_by_an_outsider BEFORE INSERT OR UPDATE ON assurance_capacityaudit
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('closed_by_id', 'supplier_id');
CREATE TRIGGER audit_line_keeps BEFORE UPDATE ON assurance_auditline
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'verdict', 'note', 'judged_at', 'judged_by_id'
    );
CREATE TRIGGER audit_draw_keeps BEFORE UPDATE ON assurance_auditdraw
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('seed', 'names', 'drawn', 'drawn_at');
CREATE TRIGGER audits_are_drawn_once BEFORE UPDATE ON assurance_auditdraw
    FOR EACH ROW WHEN (OLD.drawn_at IS NOT NULL) EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE, TRUNCATE ON assurance_capacityaudit, assurance_auditline, assurance_auditdraw
    FROM suanpan_app;
