-- What the market is installed with, in fen: before the walls stand, and before the guard does.
INSERT INTO approvals_limit (id, kind, from_minor, set_at) VALUES
    ('01900000-0000-7000-8000-000000000001', 'orders.deposit', 100000000, '2026-01-01Z'),
    ('01900000-0000-7000-8000-000000000002', 'vouchers.funding', 1000000000, '2026-01-01Z');
