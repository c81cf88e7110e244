-- What moved on an account behind an entry, those that no page holds yet (without a number) too.
-- What no page holds is not numbered, for its place in the log may still change.
CREATE FUNCTION ledger_account_entries(account bigint, after_entry bigint)
RETURNS TABLE (
    entry bigint, id uuid, net bigint, counter_id bigint, reason_id smallint, reference varchar,
    group_id uuid, effective_at timestamptz, recorded_at timestamptz
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH placed AS MATERIALIZED (
        SELECT p.last_entry - cardinality(p.transfers) + e.place AS entry, e.id
        FROM ledger_account_page p CROSS JOIN LATERAL unnest(p.transfers)
            WITH ORDINALITY AS e (id, place)
        WHERE p.account_id = account AND p.last_entry > after_entry
        UNION ALL
        SELECT NULL, n.id FROM ledger_newer_than_pages(account) n
    )
    SELECT p.entry, t.id, CASE WHEN t.credit_id = account THEN t.amount ELSE -t.amount END,
           CASE WHEN t.credit_id = account THEN t.debit_id ELSE t.credit_id END,
           t.reason_id, t.reference, t.group_id, t.effective_at, t.recorded_at
    FROM placed p CROSS JOIN LATERAL (
        SELECT * FROM ledger_transfer k WHERE k.id = p.id OFFSET 0
    ) t
    WHERE t.op IN (0, 2) AND (p.entry IS NULL OR p.entry > after_entry);
END $$;

REVOKE ALL ON FUNCTION ledger_account_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_account_entries TO suanpan_app;
