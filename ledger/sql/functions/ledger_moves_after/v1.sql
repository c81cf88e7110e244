-- What transfers moved, in the order of the log, from behind a place: posted, and pending. With
-- `settled`, only those below which nothing can appear any more. STABLE, so it sees what the
-- statement sees that calls it. The amount of a hold is that of the transfer that opened it.
CREATE FUNCTION ledger_moves_after(
    after_xid xid8, after_transfer uuid, most integer, settled boolean
) RETURNS TABLE (
    xid xid8, id uuid, debit_id bigint, credit_id bigint, posted bigint, pending bigint
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    horizon xid8 := '18446744073709551615';
BEGIN
    IF settled THEN
        horizon := pg_snapshot_xmin(pg_current_snapshot());
    END IF;
    RETURN QUERY SELECT t.xid, t.id, t.debit_id, t.credit_id,
            CASE WHEN t.op IN (0, 2) THEN t.amount ELSE 0 END,
            CASE WHEN t.op = 1 THEN t.amount WHEN t.op >= 2 THEN -h.amount ELSE 0 END
        FROM (
            SELECT * FROM ledger_transfer l
            WHERE (l.xid, l.id) > (after_xid, after_transfer) AND l.xid < horizon
            ORDER BY l.xid, l.id LIMIT most
        ) t
        LEFT JOIN LATERAL (
            SELECT k.amount FROM ledger_transfer k
            WHERE k.id = t.hold_id AND k.op = 1 AND t.op >= 2 OFFSET 0
        ) h ON true;
END $$;

REVOKE ALL ON FUNCTION ledger_moves_after FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_moves_after TO suanpan_app;
