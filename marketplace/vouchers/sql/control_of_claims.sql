-- Rules of what is claimed, installed with the market: nobody has to agree on the first ones.
-- Rules are the platform's to write.
SELECT set_config('suanpan.tenant', '*', true);
INSERT INTO vouchers_controlrule
    (id, code, version, severity, parameters, content_hash, reason, valid_from)
SELECT id::uuid, code, 1, severity, '{}'::jsonb,
       encode(sha256(convert_to(code || ' ' || severity || ' {}', 'UTF8')), 'hex'),
       'installed with the market', '2026-01-01Z'
FROM (VALUES
    ('01900000-0000-7000-8000-000000000209', 'wash_trades', 'BLOCK'),
    ('01900000-0000-7000-8000-00000000020a', 'unsigned_readings', 'QUEUE'),
    ('01900000-0000-7000-8000-00000000020b', 'power_not_measured', 'QUEUE')
) AS first (id, code, severity);
SELECT set_config('suanpan.tenant', '', true);
