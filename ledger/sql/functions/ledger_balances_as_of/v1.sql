-- What was debited to and credited to an account with effect before a moment, as far as it was
-- booked before another (NULL: ever).
CREATE FUNCTION ledger_balances_as_of(
    account bigint, effect_before timestamptz, booked_before timestamptz
) RETURNS TABLE (debits numeric, credits numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    effect_edge timestamptz := date_trunc('hour', effect_before, 'UTC');
    booked_edge timestamptz := coalesce(date_trunc('hour', booked_before, 'UTC'), 'infinity');
    booked_end timestamptz := coalesce(booked_before, 'infinity');
BEGIN
    RETURN QUERY
    WITH cut AS MATERIALIZED (
        SELECT unnest(p.transfers) AS id FROM ledger_effect_page p
        WHERE p.effect_hour = effect_edge AND p.account_id = account
          AND p.booked_hour <= booked_edge
        UNION ALL
        SELECT unnest(p.transfers) FROM ledger_effect_page p
        WHERE p.booked_hour = booked_edge AND p.account_id = account
          AND p.effect_hour < effect_edge
        UNION ALL
        SELECT n.id FROM ledger_newer_than_pages(account) n
    )
    SELECT sum(m.dd), sum(m.cc) FROM (
        SELECT 0::numeric AS dd, 0::numeric AS cc
        UNION ALL
        SELECT s.debits_posted, s.credits_posted FROM ledger_effect_sum s
        WHERE s.account_id = account AND s.effect_hour < effect_edge
          AND s.booked_hour < booked_edge
        UNION ALL
        SELECT CASE WHEN t.debit_id = account THEN t.amount ELSE 0 END,
               CASE WHEN t.credit_id = account THEN t.amount ELSE 0 END
        FROM cut CROSS JOIN LATERAL (
            SELECT * FROM ledger_transfer k WHERE k.id = cut.id OFFSET 0
        ) t
        WHERE t.op IN (0, 2) AND t.effective_at < effect_before AND t.recorded_at < booked_end
    ) m;
END $$;

REVOKE ALL ON FUNCTION ledger_balances_as_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_balances_as_of TO suanpan_app;
