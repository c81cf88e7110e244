-- Versions of every kind of rule in one list; a plan's first prices change nothing for anybody.
CREATE VIEW bulletin_rulechange WITH (security_invoker = true) AS
SELECT id, 'RATE_PLAN' AS kind, version, published_at AS announced_at, starts_at AS effective_at
FROM pricing_rateplanversion WHERE version > 1
UNION ALL
SELECT id, 'MEASUREMENT', version, published_at, valid_from FROM metering_measurementruleversion
UNION ALL
SELECT id, 'PROGRAMME', version, published_at, valid_from FROM vouchers_programmeversion
UNION ALL
SELECT id, 'FEE', version, published_at, starts_at FROM settlement_feerule;
REVOKE ALL ON bulletin_rulechange FROM suanpan_app;
GRANT SELECT ON bulletin_rulechange TO suanpan_app;
