-- What was paid for a contract in an asset and not given back: by people, by rule, by disputes, also
-- by one that is decided and not carried out yet.
CREATE FUNCTION assurance_dispute_standing(disputed uuid, wanted text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT (
    CASE wanted
        WHEN 'CNY' THEN (
            SELECT c.cash_minor FROM settlement_contract c WHERE c.id = disputed
        ) - (
            SELECT COALESCE(sum(a.amount_minor), 0) FROM settlement_adjustment a
            WHERE a.contract_id = disputed AND a.payee = 'BUYER' AND a.reverses_id IS NULL
              AND a.reason NOT IN ('dispute', 'service_level')
              AND NOT EXISTS (SELECT FROM settlement_adjustment r WHERE r.reverses_id = a.id)
        )
        ELSE (
            SELECT COALESCE(sum(f.captured_minor - f.returned_minor), 0)
            FROM settlement_contractfunds f WHERE f.contract_id = disputed AND f.asset = wanted
        )
    END
    - (
        SELECT COALESCE(sum(l.signed_minor), 0) FROM assurance_levelcredit l
        JOIN assurance_levelevaluation e ON e.id = l.evaluation_id
        JOIN assurance_levelmonth m ON m.id = e.month_id
        WHERE m.contract_id = disputed AND l.asset = wanted
    )
    - (
        SELECT COALESCE(sum(d.awarded_minor), 0) FROM assurance_tradedispute d
        WHERE d.contract_id = disputed AND d.asset = wanted AND d.state IN ('DECIDED', 'CLOSED')
    )
)::bigint;
$$;
