-- Rules for what rooms below find; the market is installed with them.
SELECT set_config('suanpan.tenant', '*', true);
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE assurance_surveillancerule DISABLE TRIGGER rule_as_agreed;
INSERT INTO assurance_surveillancerule
    (id, pattern, version, parameters, content_hash, reason, valid_from)
SELECT id::uuid, pattern, 1, parameters::jsonb,
       encode(sha256(convert_to(pattern || ' ' || parameters, 'UTF8')), 'hex'),
       'installed with the market', '2026-01-01Z'
FROM (VALUES
    ('01900000-0000-7000-8000-000000000105', 'paper_compute', '{"days":7,"findings":1}'),
    ('01900000-0000-7000-8000-000000000106', 'challenge_failed', '{"days":7,"findings":1}')
) AS first (id, pattern, parameters);
ALTER TABLE assurance_surveillancerule ENABLE TRIGGER rule_as_agreed;
SET CONSTRAINTS ALL DEFERRED;
