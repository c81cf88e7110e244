-- The fee until somebody publishes another, and where charging begins.
INSERT INTO settlement_feerule (id, version, rate, starts_at, published_at, source, content_hash)
VALUES (
    uuidv7(), 1, 0.03, '2020-01-01Z', '2020-01-01Z',
    'Suanpan''s default: 3.00 % of what is collected, paid by the provider.',
    '293bae2990ba3f500f2e1f670b402f40c76b45eaa2fb1d9088e73d5d74e8f859'
);
INSERT INTO settlement_chargingcursor (id, sequence, run_limit, unfinished, failed)
VALUES (1, 0, 2000, 0, 0);
-- No check may wait any more when the next statements alter the tables.
SET CONSTRAINTS ALL IMMEDIATE;
