-- Compare the sums of the replay under way, and the few transfers behind them, with the balances and
-- their deltas: one statement sees all of them at one moment, whoever posts meanwhile. Write down at
-- most `findings` differences, count them all, and end the replay; return how many there are. NULL:
-- no replay is under way, somebody else is at it, or more than `tail` transfers are behind the sums.
CREATE FUNCTION ledger_finish_replay(tail integer, findings integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    replay ledger_replay;
    count_of integer;
BEGIN
    SELECT * INTO replay FROM ledger_replay WHERE finished_at IS NULL
        FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) > tail
        FROM ledger_moves_after(replay.xid, replay.transfer_id, tail + 1, false)) THEN
        RETURN NULL;
    END IF;
    WITH newer AS MATERIALIZED (
        SELECT * FROM ledger_moves_after(replay.xid, replay.transfer_id, 2147483647, false)
    ), replayed AS (
        SELECT m.account_id, sum(m.dd) AS dd, sum(m.cc) AS cc, sum(m.dp) AS dp, sum(m.cp) AS cp
        FROM (
            SELECT s.account_id, s.debits_posted AS dd, s.credits_posted AS cc,
                   s.debits_pending AS dp, s.credits_pending AS cp FROM ledger_replay_sum s
            UNION ALL SELECT n.debit_id, n.posted, 0, n.pending, 0 FROM newer n
            UNION ALL SELECT n.credit_id, 0, n.posted, 0, n.pending FROM newer n
        ) m GROUP BY m.account_id
    ), stored AS (
        SELECT m.account_id, sum(m.debits_posted) AS dd, sum(m.credits_posted) AS cc,
               sum(m.debits_pending) AS dp, sum(m.credits_pending) AS cp
        FROM (
            SELECT account_id, debits_posted, credits_posted, debits_pending, credits_pending
            FROM ledger_balance UNION ALL
            SELECT account_id, debits_posted, credits_posted, debits_pending, credits_pending
            FROM ledger_balance_delta
        ) m GROUP BY m.account_id
    ), differs AS MATERIALIZED (
        SELECT coalesce(s.account_id, r.account_id) AS account_id,
               ARRAY[r.dd, r.cc, r.dp, r.cp] AS replayed, ARRAY[s.dd, s.cc, s.dp, s.cp] AS stored
        FROM stored s FULL JOIN replayed r ON r.account_id = s.account_id
        WHERE (s.dd, s.cc, s.dp, s.cp) IS DISTINCT FROM
            (coalesce(r.dd, 0), coalesce(r.cc, 0), coalesce(r.dp, 0), coalesce(r.cp, 0))
    ), written AS (
        INSERT INTO ledger_replay_finding (replay_id, account_id, replayed, stored)
        SELECT replay.id, d.account_id, d.replayed, d.stored FROM differs d
        ORDER BY d.account_id LIMIT findings
    )
    SELECT count(*) INTO count_of FROM differs;
    UPDATE ledger_replay SET finished_at = clock_timestamp(), differences = count_of
        WHERE id = replay.id;
    DELETE FROM ledger_replay_sum;
    RETURN count_of;
END $$;

REVOKE ALL ON FUNCTION ledger_finish_replay FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_finish_replay TO suanpan_app;
