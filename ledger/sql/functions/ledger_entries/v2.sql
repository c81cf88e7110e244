-- Entries of the log in its order, from behind a place. What is sealable is older than every
-- transaction that still runs: nothing can appear before it any more.
CREATE FUNCTION ledger_entries(
    after_xid xid8, after_definition uuid, after_transfer uuid, most integer, sealable boolean
) RETURNS TABLE (xid xid8, rank integer, id uuid, line text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET plan_cache_mode = force_generic_plan SET work_mem = '16MB'
AS $$
#variable_conflict use_column
DECLARE
    horizon xid8 := '18446744073709551615';
BEGIN
    IF sealable THEN
        horizon := pg_snapshot_xmin(pg_current_snapshot());
    END IF;
    RETURN QUERY SELECT * FROM (
        (
            SELECT d.xid, 0 AS rank, d.id, d.line FROM ledger_definition d
            WHERE (d.xid, d.id) > (after_xid, after_definition) AND d.xid < horizon
            ORDER BY d.xid, d.id LIMIT most
        ) UNION ALL (
            SELECT d.xid, 0, d.id, d.line FROM ledger_document_line d
            WHERE (d.xid, d.id) > (after_xid, after_definition) AND d.xid < horizon
            ORDER BY d.xid, d.id LIMIT most
        ) UNION ALL (
            SELECT t.xid, 1, t.id, t.line FROM ledger_transfer_line t
            WHERE (t.xid, t.id) > (after_xid, after_transfer) AND t.xid < horizon
            ORDER BY t.xid, t.id LIMIT most
        )
    ) entries ORDER BY entries.xid, entries.rank, entries.id LIMIT most;
END $$;

REVOKE ALL ON FUNCTION ledger_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_entries TO suanpan_app;
