-- Add the next transfers to the sums of the replay under way, and remember how far it came; return
-- how many they were. NULL: no replay is under way, or somebody else is at it.
CREATE FUNCTION ledger_replay_slice(most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    replay ledger_replay;
    reached record;
BEGIN
    SELECT * INTO replay FROM ledger_replay WHERE finished_at IS NULL
        FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    WITH taken AS MATERIALIZED (
        SELECT * FROM ledger_moves_after(replay.xid, replay.transfer_id, most, true)
    ), written AS (
        INSERT INTO ledger_replay_sum AS s (account_id, debits_posted, credits_posted,
            debits_pending, credits_pending)
        SELECT m.account_id, sum(m.dd), sum(m.cc), sum(m.dp), sum(m.cp) FROM (
            SELECT t.debit_id AS account_id, t.posted AS dd, 0 AS cc, t.pending AS dp, 0 AS cp
            FROM taken t
            UNION ALL SELECT t.credit_id, 0, t.posted, 0, t.pending FROM taken t
        ) m GROUP BY m.account_id
        ON CONFLICT (account_id) DO UPDATE
        SET debits_posted = s.debits_posted + excluded.debits_posted,
            credits_posted = s.credits_posted + excluded.credits_posted,
            debits_pending = s.debits_pending + excluded.debits_pending,
            credits_pending = s.credits_pending + excluded.credits_pending
    )
    SELECT count(*) AS transfers, (array_agg(t.xid ORDER BY t.xid DESC, t.id DESC))[1] AS xid,
           (array_agg(t.id ORDER BY t.xid DESC, t.id DESC))[1] AS id
        INTO reached FROM taken t;
    IF reached.transfers > 0 THEN
        UPDATE ledger_replay r
           SET xid = reached.xid, transfer_id = reached.id,
               transfers = r.transfers + reached.transfers
         WHERE r.id = replay.id;
    END IF;
    RETURN reached.transfers;
END $$;

REVOKE ALL ON FUNCTION ledger_replay_slice FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_replay_slice TO suanpan_app;
