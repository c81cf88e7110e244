-- What the market is installed with: before the walls stand, and before the guard does.
INSERT INTO assurance_surveillancerule
    (id, pattern, version, parameters, content_hash, reason, valid_from)
SELECT id::uuid, pattern, 1, parameters::jsonb,
       encode(sha256(convert_to(pattern || ' ' || parameters, 'UTF8')), 'hex'),
       'installed with the market', '2026-01-01Z'
FROM (VALUES
    ('01900000-0000-7000-8000-000000000101', 'wash_trades',
     '{"days":7,"related_trades":3,"trades":4}'),
    ('01900000-0000-7000-8000-000000000102', 'voucher_churn', '{"days":7,"orders":5}'),
    ('01900000-0000-7000-8000-000000000103', 'cancel_burst',
     '{"cancels":5,"minutes":10,"share_percent":80}'),
    ('01900000-0000-7000-8000-000000000104', 'price_ring', '{"days":7,"within_percent":10}')
) AS first (id, pattern, parameters);
INSERT INTO assurance_recordreader (id, cursor) VALUES (1, '');
CREATE SEQUENCE assurance_case_number;
GRANT USAGE ON SEQUENCE assurance_case_number TO suanpan_app;
