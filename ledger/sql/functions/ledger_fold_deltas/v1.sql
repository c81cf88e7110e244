-- Deleting deltas is folding them: what leaves the table reaches the balance in the same statement.
-- Whoever picks some could take a hold's end without its beginning.
CREATE FUNCTION ledger_fold_deltas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE ledger_balance b
       SET debits_posted = b.debits_posted + s.dd, credits_posted = b.credits_posted + s.cc,
           debits_pending = b.debits_pending + s.dp, credits_pending = b.credits_pending + s.cp,
           version = b.version + CASE
               WHEN least(b.debits_pending + s.dp, b.credits_pending + s.cp) < 0
                   THEN ledger_short('ledger_balance_is_not_negative', b.account_id)
               ELSE 1
           END
      FROM (
          SELECT account_id, sum(debits_posted)::bigint AS dd, sum(credits_posted)::bigint AS cc,
                 sum(debits_pending)::bigint AS dp, sum(credits_pending)::bigint AS cp
          FROM old_rows GROUP BY account_id
      ) s
     WHERE b.account_id = s.account_id;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger_fold_deltas FROM PUBLIC;
