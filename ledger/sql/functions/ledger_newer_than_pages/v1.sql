-- What no page of an account holds yet, in the order of the log.
CREATE FUNCTION ledger_newer_than_pages(account bigint)
RETURNS TABLE (id uuid, debits_posted bigint, credits_posted bigint, recorded_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    reached record;
BEGIN
    SELECT c.xid, c.transfer_id INTO STRICT reached FROM ledger_page_cursor c;
    RETURN QUERY SELECT t.id,
            CASE WHEN t.op IN (0, 2) AND t.debit_id = account THEN t.amount ELSE 0 END,
            CASE WHEN t.op IN (0, 2) AND t.credit_id = account THEN t.amount ELSE 0 END,
            t.recorded_at
        FROM ledger_transfer t
        WHERE (t.xid, t.id) > (reached.xid, reached.transfer_id)
          AND account IN (t.debit_id, t.credit_id)
        ORDER BY t.xid, t.id;
END $$;

REVOKE ALL ON FUNCTION ledger_newer_than_pages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_newer_than_pages TO suanpan_app;
