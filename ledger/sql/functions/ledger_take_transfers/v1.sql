-- Rules first, then holds and reversals, then balances and their floors. Plans are kept, whatever
-- the first batch of a session looked like: with hashing, merging and heap scans off, holds and
-- balances are looked up by their keys.
CREATE FUNCTION ledger_take_transfers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    batch record;
    bad record;
    hold_ids uuid[];
    accounts bigint[];
    dd bigint[];
    cc bigint[];
    dp bigint[];
    cp bigint[];
    written bigint;
    deferred bigint;
    is_locked boolean;
BEGIN
    -- An older snapshot could miss a period that was closed a moment ago.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ledger_refuse('ledger_transfer_reads_committed', 'post in READ COMMITTED');
    END IF;
    -- Taken before the next statement's snapshot: who waits for a closing then sees it. (An
    -- expression is quicker than a statement.)
    is_locked := pg_advisory_xact_lock_shared(7268001) IS NOT NULL;

    -- The batch at a glance. One transfer needs no summing; the types are those of the sums.
    IF EXISTS (SELECT FROM new_rows OFFSET 1) THEN
        SELECT max(op) AS op, count(reverses_id) AS reversals,
               bool_or(ledger_broken_rule(id, debit_id, credit_id, amount, op, hold_id,
                   reverses_id, effective_at, expires_at) IS NOT NULL) AS is_unsound,
               bool_or(xid <> pg_current_xact_id() OR recorded_at <> now()) AS is_forged,
               min(effective_at) AS effective_at, min(debit_id) AS debit_id,
               min(credit_id) AS credit_id, min(reason_id) AS reason_id,
               0::bigint AS amount, false AS is_plain,
               min(debit_id) >> 32 = max(debit_id) >> 32
                   AND min(credit_id) >> 32 = max(credit_id) >> 32
                   AND min(reason_id) = max(reason_id) AS is_uniform
            INTO batch FROM new_rows;
    ELSE
        SELECT op, num_nonnulls(reverses_id)::bigint AS reversals,
               ledger_broken_rule(id, debit_id, credit_id, amount, op, hold_id, reverses_id,
                   effective_at, expires_at) IS NOT NULL AS is_unsound,
               xid <> pg_current_xact_id() OR recorded_at <> now() AS is_forged,
               effective_at, debit_id, credit_id, reason_id,
               amount, op = 0 AND reverses_id IS NULL AS is_plain, true AS is_uniform
            INTO batch FROM new_rows;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;

    IF batch.is_unsound THEN
        SELECT n.id, r.rule INTO bad
            FROM new_rows n CROSS JOIN LATERAL ledger_broken_rule(n.id, n.debit_id, n.credit_id,
                n.amount, n.op, n.hold_id, n.reverses_id, n.effective_at, n.expires_at)
                AS r (rule)
            WHERE r.rule IS NOT NULL ORDER BY n.id LIMIT 1;
        PERFORM ledger_refuse(bad.rule, 'the transfer contradicts itself', bad.id);
    END IF;
    IF batch.is_forged THEN
        PERFORM ledger_refuse('ledger_transfer_recorded_now', 'a transfer is recorded when posted');
    END IF;
    IF EXISTS (SELECT FROM ledger_period WHERE ends_at > batch.effective_at) THEN
        SELECT n.id INTO bad FROM new_rows n JOIN ledger_period p
            ON n.effective_at >= p.starts_at AND n.effective_at < p.ends_at
            ORDER BY n.id LIMIT 1;
        IF FOUND THEN
            PERFORM ledger_refuse('ledger_transfer_period_open', 'the period is closed', bad.id);
        END IF;
    END IF;
    -- Most batches move between two kinds of account, for one reason.
    IF NOT (batch.is_uniform AND EXISTS (
        SELECT FROM ledger_flow f
        WHERE f.debit_kind_id = batch.debit_id >> 32 & 65535
          AND f.credit_kind_id = batch.credit_id >> 32 & 65535 AND f.reason_id = batch.reason_id
          AND (f.asset_id = batch.debit_id >> 48 OR f.asset_class =
              (SELECT a.asset_class FROM ledger_asset a WHERE a.id = batch.debit_id >> 48))
    )) THEN
        SELECT n.* INTO bad
            FROM (SELECT DISTINCT debit_id >> 32 AS debit, credit_id >> 32 AS credit, reason_id
                  FROM new_rows) n
            LEFT JOIN ledger_asset a ON a.id = n.debit >> 16
            WHERE NOT EXISTS (
                SELECT FROM ledger_flow f
                WHERE f.debit_kind_id = n.debit & 65535 AND f.credit_kind_id = n.credit & 65535
                  AND f.reason_id = n.reason_id
                  AND (f.asset_id = a.id OR f.asset_class = a.asset_class)
            ) LIMIT 1;
        IF FOUND THEN
            SELECT n.id INTO bad FROM new_rows n
                WHERE n.debit_id >> 32 = bad.debit AND n.credit_id >> 32 = bad.credit
                  AND n.reason_id = bad.reason_id ORDER BY n.id LIMIT 1;
            PERFORM ledger_refuse('ledger_transfer_flow_allowed',
                'no flow between these accounts for this reason', bad.id);
        END IF;
    END IF;

    -- A plain post that comes alone moves two accounts, without summing. (It goes on only where one
    -- of them is deferred or does not exist.)
    IF batch.is_plain THEN
        UPDATE ledger_balance b
           SET debits_posted = b.debits_posted
                   + CASE b.account_id WHEN batch.debit_id THEN batch.amount ELSE 0 END,
               credits_posted = b.credits_posted
                   + CASE b.account_id WHEN batch.credit_id THEN batch.amount ELSE 0 END,
               version = b.version + CASE
                   WHEN b.rule = 'D' AND b.account_id = batch.debit_id
                       AND b.debits_posted + b.debits_pending + batch.amount > b.credits_posted
                       THEN ledger_short('ledger_balance_debits_within_credits', b.account_id)
                   WHEN b.rule = 'C' AND b.account_id = batch.credit_id
                       AND b.credits_posted + b.credits_pending + batch.amount > b.debits_posted
                       THEN ledger_short('ledger_balance_credits_within_debits', b.account_id)
                   ELSE 1
               END
         WHERE b.account_id IN (batch.debit_id, batch.credit_id) AND NOT b.deferred;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written = 2 THEN
            RETURN NULL;
        END IF;
    END IF;

    -- Holds open; captures and releases close theirs, each hold once.
    IF batch.op > 0 THEN
        INSERT INTO ledger_hold (id, debit_id, credit_id, amount, expires_at)
        SELECT id, debit_id, credit_id, amount, expires_at FROM new_rows WHERE op = 1;
    END IF;
    IF batch.op > 1 THEN
        SELECT array_agg(hold_id) INTO hold_ids FROM new_rows WHERE op >= 2;
        PERFORM FROM ledger_hold h WHERE h.id = ANY (hold_ids) ORDER BY h.id FOR NO KEY UPDATE;
        -- OFFSET 0 leaves one way to a hold, its key, whatever a plan that is kept knew of how many
        -- there are.
        SELECT n.id, CASE
                WHEN h.id IS NULL THEN 'ledger_transfer_hold_known'
                WHEN h.resolved_by IS NOT NULL OR n.turn > 1 THEN 'ledger_transfer_hold_open'
                WHEN n.op = 2 AND n.effective_at >= h.expires_at THEN 'ledger_transfer_hold_in_time'
                ELSE 'ledger_transfer_hold_matches'
            END AS rule
            INTO bad
            FROM (SELECT *, row_number() OVER (PARTITION BY hold_id ORDER BY id) AS turn
                  FROM new_rows WHERE op >= 2) n
            LEFT JOIN LATERAL (
                SELECT * FROM ledger_hold k WHERE k.id = n.hold_id OFFSET 0
            ) h ON true
            WHERE h.id IS NULL OR h.resolved_by IS NOT NULL OR n.turn > 1
               OR (n.op = 2 AND n.effective_at >= h.expires_at)
               OR h.debit_id <> n.debit_id OR h.credit_id <> n.credit_id OR n.amount > h.amount
               OR (n.op = 3 AND n.amount <> h.amount)
            ORDER BY n.id LIMIT 1;
        IF FOUND THEN
            PERFORM ledger_refuse(bad.rule, 'the hold cannot be resolved like this', bad.id);
        END IF;
        -- They are locked, so each stays where it was found.
        UPDATE ledger_hold h SET resolved_by = n.id
            FROM new_rows n CROSS JOIN LATERAL (
                SELECT k.ctid FROM ledger_hold k WHERE k.id = n.hold_id OFFSET 0
            ) k
            WHERE n.op >= 2 AND h.ctid = k.ctid;
    END IF;

    -- Reversals mirror what they take back, each transfer once.
    IF batch.reversals > 0 THEN
        -- In the order of their keys, before any balance.
        hold_ids := ARRAY(SELECT reverses_id FROM new_rows WHERE reverses_id IS NOT NULL);
        PERFORM FROM ledger_transfer t WHERE t.id = ANY (hold_ids) ORDER BY t.id
            FOR NO KEY UPDATE;
        SELECT n.id INTO bad FROM new_rows n LEFT JOIN ledger_transfer t ON t.id = n.reverses_id
            WHERE n.reverses_id IS NOT NULL AND (
                t.id IS NULL OR t.op NOT IN (0, 2) OR t.debit_id <> n.credit_id
                OR t.credit_id <> n.debit_id OR t.amount <> n.amount
            ) ORDER BY n.id LIMIT 1;
        IF FOUND THEN
            PERFORM ledger_refuse('ledger_transfer_mirrors_what_it_reverses',
                'a reversal mirrors its transfer', bad.id);
        END IF;
        INSERT INTO ledger_reversal (transfer_id, reversed_by)
        SELECT reverses_id, id FROM new_rows WHERE reverses_id IS NOT NULL ORDER BY reverses_id;
    END IF;

    -- Each account is touched once, whatever the size of the batch, and in the order of the
    -- numbers, so batches cannot wait for each other in a circle: with hashing, merging and heap
    -- scans off, no plan that remains does otherwise.
    IF batch.is_plain THEN
        accounts := ARRAY[batch.debit_id, batch.credit_id];
        dd := ARRAY[batch.amount, 0];
        cc := ARRAY[0, batch.amount];
        dp := ARRAY[0, 0];
        cp := ARRAY[0, 0];
    ELSIF batch.op = 0 THEN
        SELECT array_agg(t.account_id), array_agg(t.dd), array_agg(t.cc), array_agg(0), array_agg(0)
            INTO accounts, dd, cc, dp, cp FROM (
                SELECT s.account_id, sum(s.dd)::bigint AS dd, sum(s.cc)::bigint AS cc FROM (
                    SELECT debit_id AS account_id, amount AS dd, 0 AS cc FROM new_rows
                    UNION ALL SELECT credit_id, 0, amount FROM new_rows
                ) s GROUP BY s.account_id ORDER BY s.account_id
            ) t;
    ELSE
        SELECT array_agg(t.account_id), array_agg(t.dd), array_agg(t.cc), array_agg(t.dp),
               array_agg(t.cp)
            INTO accounts, dd, cc, dp, cp FROM (
                SELECT s.account_id, sum(s.dd)::bigint AS dd, sum(s.cc)::bigint AS cc,
                       sum(s.dp)::bigint AS dp, sum(s.cp)::bigint AS cp
                FROM new_rows n LEFT JOIN LATERAL (
                    SELECT k.amount FROM ledger_hold k WHERE k.id = n.hold_id AND n.op >= 2 OFFSET 0
                ) h ON true
                CROSS JOIN LATERAL (SELECT
                    CASE WHEN n.op IN (0, 2) THEN n.amount ELSE 0 END AS posted,
                    CASE WHEN n.op = 1 THEN n.amount ELSE -coalesce(h.amount, 0) END AS pending
                ) m
                CROSS JOIN LATERAL (VALUES
                    (n.debit_id, m.posted, 0, m.pending, 0),
                    (n.credit_id, 0, m.posted, 0, m.pending)
                ) s (account_id, dd, cc, dp, cp)
                GROUP BY s.account_id ORDER BY s.account_id
            ) t;
    END IF;
    IF written IS NULL THEN
        UPDATE ledger_balance b
           SET debits_posted = b.debits_posted + s.dd, credits_posted = b.credits_posted + s.cc,
               debits_pending = b.debits_pending + s.dp, credits_pending = b.credits_pending + s.cp,
               version = b.version + CASE
                   WHEN b.rule = 'D' AND b.debits_posted + s.dd + (b.debits_pending + s.dp)
                       > b.credits_posted + s.cc
                       THEN ledger_short('ledger_balance_debits_within_credits', b.account_id)
                   WHEN b.rule = 'C' AND b.credits_posted + s.cc + (b.credits_pending + s.cp)
                       > b.debits_posted + s.dd
                       THEN ledger_short('ledger_balance_credits_within_debits', b.account_id)
                   ELSE 1
               END
          FROM unnest(accounts, dd, cc, dp, cp) AS s(account_id, dd, cc, dp, cp)
         WHERE b.account_id = s.account_id AND NOT b.deferred;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written = cardinality(accounts) THEN
            RETURN NULL;
        END IF;
    END IF;

    -- Deferred accounts, and such as do not exist, were left out.
    INSERT INTO ledger_balance_delta
        (account_id, debits_posted, credits_posted, debits_pending, credits_pending)
    SELECT s.* FROM unnest(accounts, dd, cc, dp, cp) AS s(account_id, dd, cc, dp, cp)
        JOIN ledger_balance b ON b.account_id = s.account_id WHERE b.deferred;
    GET DIAGNOSTICS deferred = ROW_COUNT;
    IF written + deferred < cardinality(accounts) THEN
        SELECT n.id, s.account_id INTO bad
            FROM unnest(accounts) AS s(account_id)
            JOIN new_rows n ON s.account_id IN (n.debit_id, n.credit_id)
            WHERE NOT EXISTS (SELECT FROM ledger_balance b WHERE b.account_id = s.account_id)
            ORDER BY s.account_id, n.id LIMIT 1;
        PERFORM ledger_refuse(
            'ledger_transfer_account_known', 'no such account', bad.id, bad.account_id);
    END IF;
    RETURN NULL;
END $$;

-- Bound to a table of someone's own, it would move balances without a transfer.
REVOKE ALL ON FUNCTION ledger_take_transfers FROM PUBLIC;
