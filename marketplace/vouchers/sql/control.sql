-- Control: the rules that the market is installed with, before their guard stands, and what stays.
INSERT INTO vouchers_controlrule
    (id, code, version, severity, parameters, content_hash, reason, valid_from)
SELECT id::uuid, code, 1, severity, parameters::jsonb,
       encode(sha256(convert_to(code || ' ' || severity || ' ' || parameters, 'UTF8')), 'hex'),
       'installed with the market', '2026-01-01Z'
FROM (VALUES
    ('01900000-0000-7000-8000-000000000201', 'related_supplier', 'BLOCK', '{}'),
    ('01900000-0000-7000-8000-000000000202', 'split_entity', 'QUEUE',
     '{"at_one_address":3,"days":180}'),
    ('01900000-0000-7000-8000-000000000203', 'split_order', 'QUEUE', '{"contracts":3,"days":7}'),
    ('01900000-0000-7000-8000-000000000204', 'double_subsidy', 'BLOCK', '{}'),
    ('01900000-0000-7000-8000-000000000205', 'both_claim', 'BLOCK', '{}'),
    ('01900000-0000-7000-8000-000000000206', 'file_twice', 'QUEUE', '{}'),
    ('01900000-0000-7000-8000-000000000207', 'certificate_twice', 'BLOCK', '{}'),
    ('01900000-0000-7000-8000-000000000208', 'dishonest', 'BLOCK', '{"days_after":365}')
) AS first (id, code, severity, parameters);
CREATE SEQUENCE vouchers_finding_number;
CREATE SEQUENCE vouchers_sample_number;
CREATE TRIGGER control_rule_as_agreed BEFORE INSERT ON vouchers_controlrule
    FOR EACH ROW EXECUTE FUNCTION vouchers_control_rule_as_agreed();
CREATE TRIGGER finding_keeps BEFORE UPDATE ON vouchers_controlfinding
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'decided_by_id', 'decided_at', 'note'
    );
CREATE TRIGGER finding_is_decided_once BEFORE UPDATE ON vouchers_controlfinding
    FOR EACH ROW WHEN (OLD.state <> 'OPEN') EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER finding_decided_by_an_outsider BEFORE INSERT OR UPDATE ON vouchers_controlfinding
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('decided_by_id', 'applicant_id');
CREATE TRIGGER mark_keeps BEFORE UPDATE ON vouchers_partymark
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('valid_to');
CREATE TRIGGER entry_keeps BEFORE UPDATE ON vouchers_dishonestentry
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('removed_on');
CREATE TRIGGER sample_keeps BEFORE UPDATE ON vouchers_sampledraw
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('seed', 'names', 'drawn', 'drawn_at');
CREATE TRIGGER sample_is_drawn_once BEFORE UPDATE ON vouchers_sampledraw
    FOR EACH ROW WHEN (OLD.drawn_at IS NOT NULL) EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE, TRUNCATE ON vouchers_controlfinding, vouchers_partymark, vouchers_dishonestentry,
    vouchers_foreignsupport, vouchers_sampledraw, vouchers_namedcontract, vouchers_controldossier
    FROM suanpan_app;
REVOKE UPDATE ON vouchers_foreignsupport, vouchers_namedcontract FROM suanpan_app;
