-- Lock what transfers will touch, in the one order of the ledger: holds, transfers that are taken
-- back, balances; each by its key. Who posts the same transfers in parts cannot then wait for
-- anybody who has locked in this order, too. Waiting for an identifier alone is left: it ends after
-- `patience`. Return the timeout that was in force before.
CREATE FUNCTION ledger_lock_ahead(
    account_ids bigint[], hold_ids uuid[], reversed_ids uuid[], patience text
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off AS $$
DECLARE
    before text := current_setting('lock_timeout');
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7268001);
    PERFORM FROM ledger_hold h WHERE h.id = ANY (hold_ids) ORDER BY h.id FOR NO KEY UPDATE;
    PERFORM FROM ledger_transfer t WHERE t.id = ANY (reversed_ids) ORDER BY t.id
        FOR NO KEY UPDATE;
    PERFORM FROM ledger_balance b WHERE b.account_id = ANY (account_ids) AND NOT b.deferred
        ORDER BY b.account_id FOR NO KEY UPDATE;
    PERFORM set_config('lock_timeout', patience, true);
    RETURN before;
END $$;

REVOKE ALL ON FUNCTION ledger_lock_ahead FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_lock_ahead TO suanpan_app;
