-- The same of all accounts of each kind in each asset; for the platform.
CREATE FUNCTION ledger_kinds_as_of(effect_before timestamptz, booked_before timestamptz)
RETURNS TABLE (kind_number bigint, debits numeric, credits numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    effect_edge timestamptz := date_trunc('hour', effect_before, 'UTC');
    booked_edge timestamptz := coalesce(date_trunc('hour', booked_before, 'UTC'), 'infinity');
    booked_end timestamptz := coalesce(booked_before, 'infinity');
    reached record;
BEGIN
    SELECT c.xid, c.transfer_id INTO STRICT reached FROM ledger_page_cursor c;
    RETURN QUERY
    WITH cut AS MATERIALIZED (
        SELECT DISTINCT unnest(p.transfers) AS id FROM ledger_effect_page p
        WHERE p.effect_hour = effect_edge AND p.booked_hour <= booked_edge
           OR p.booked_hour = booked_edge AND p.effect_hour < effect_edge
    ), found AS (
        SELECT t.debit_id, t.credit_id, t.amount, t.effective_at, t.recorded_at, t.op
        FROM cut JOIN ledger_transfer t ON t.id = cut.id
        UNION ALL
        SELECT t.debit_id, t.credit_id, t.amount, t.effective_at, t.recorded_at, t.op
        FROM ledger_transfer t WHERE (t.xid, t.id) > (reached.xid, reached.transfer_id)
    )
    SELECT m.kind, sum(m.dd), sum(m.cc) FROM (
        SELECT s.account_id >> 32 AS kind, s.debits_posted AS dd, s.credits_posted AS cc
        FROM ledger_effect_sum s
        WHERE s.account_id = ANY (
            SELECT ((a.id::bigint << 16) | k.id) << 32 FROM ledger_asset a CROSS JOIN ledger_kind k
        ) AND s.effect_hour < effect_edge AND s.booked_hour < booked_edge
        UNION ALL
        SELECT v.kind, v.dd, v.cc FROM found f CROSS JOIN LATERAL (VALUES
            (f.debit_id >> 32, f.amount::numeric, 0::numeric), (f.credit_id >> 32, 0, f.amount)
        ) v (kind, dd, cc)
        WHERE f.op IN (0, 2) AND f.effective_at < effect_before AND f.recorded_at < booked_end
    ) m GROUP BY m.kind;
END $$;

REVOKE ALL ON FUNCTION ledger_kinds_as_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_kinds_as_of TO suanpan_app;
