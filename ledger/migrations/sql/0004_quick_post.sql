-- Posting again, with the same rules in fewer and cheaper steps. What a step costs is mostly its
-- start, so a single transfer is looked after by statements that keep their plans, and a batch by
-- statements that take it whole.

CREATE OR REPLACE FUNCTION ledger_check_transfers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch record;
    bad record;
BEGIN
    -- An older snapshot could miss a period that was closed a moment ago.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ledger_refuse('ledger_transfer_reads_committed', 'post in READ COMMITTED');
    END IF;
    -- Before the next statement takes its snapshot: a period under way is waited for, then seen.
    IF pg_advisory_xact_lock_shared(7268001) IS NULL THEN
        NULL;
    END IF;
    SELECT bool_or(xid <> pg_current_xact_id() OR recorded_at <> now()) AS forged,
           min(effective_at) < (SELECT max(ends_at) FROM ledger_period) AS early,
           min(debit_id >> 32) AS debit, min(credit_id >> 32) AS credit, min(reason_id) AS reason_id,
           max(debit_id >> 32) AS last_debit, max(credit_id >> 32) AS last_credit,
           max(reason_id) AS last_reason_id
        INTO batch FROM new_rows;
    IF batch.forged THEN
        PERFORM ledger_refuse('ledger_transfer_recorded_now', 'a transfer is recorded when posted');
    END IF;
    IF batch.early THEN
        SELECT n.id INTO bad FROM new_rows n JOIN ledger_period p
            ON n.effective_at >= p.starts_at AND n.effective_at < p.ends_at
            ORDER BY n.id LIMIT 1;
        IF FOUND THEN
            PERFORM ledger_refuse('ledger_transfer_period_open', 'the period is closed', bad.id);
        END IF;
    END IF;

    -- Most batches move between two kinds of account, for one reason.
    IF (batch.debit, batch.credit, batch.reason_id)
        = (batch.last_debit, batch.last_credit, batch.last_reason_id) AND EXISTS (
        SELECT FROM ledger_flow f
        WHERE f.debit_kind_id = batch.debit & 65535 AND f.credit_kind_id = batch.credit & 65535
          AND f.reason_id = batch.reason_id AND (f.asset_id = batch.debit >> 16 OR f.asset_class =
              (SELECT a.asset_class FROM ledger_asset a WHERE a.id = batch.debit >> 16))
    ) THEN
        RETURN NULL;
    END IF;
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
        PERFORM ledger_refuse(
            'ledger_transfer_flow_allowed', 'no flow between these accounts for this reason', bad.id
        );
    END IF;
    RETURN NULL;
END $$;

-- A post or a hold that comes alone moves its two accounts. For a batch, one pass sums it by account
-- and one writes: a hot account is touched once, whatever the size of the batch.
--
-- Accounts are visited in the order of their numbers, so batches cannot wait for each other in a
-- circle: with hashing, merging and heap scans off, no plan that remains does otherwise. The update
-- of many is planned anew each time: a plan made when accounts were few would stay when they are
-- many.
CREATE OR REPLACE FUNCTION ledger_move_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    batch record;
    accounts bigint[];
    dd bigint[];
    cc bigint[];
    dp bigint[];
    cp bigint[];
    written bigint;
    deferred bigint;
    bad bigint;
    first_id uuid;
BEGIN
    SELECT count(*) AS size, max(op) AS op, min(debit_id) AS debit_id, min(credit_id) AS credit_id,
           coalesce(min(amount) FILTER (WHERE op = 0), 0) AS posted,
           coalesce(min(amount) FILTER (WHERE op = 1), 0) AS pending
        INTO batch FROM new_rows;
    IF batch.size = 1 AND batch.op < 2 THEN
        accounts := ARRAY[batch.debit_id, batch.credit_id];
        dd := ARRAY[batch.posted, 0];
        cc := ARRAY[0, batch.posted];
        dp := ARRAY[batch.pending, 0];
        cp := ARRAY[0, batch.pending];
    ELSIF batch.op = 0 THEN
        SELECT array_agg(t.account_id), array_agg(t.dd), array_agg(t.cc), array_agg(0),
               array_agg(0)
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
                FROM new_rows n LEFT JOIN ledger_hold h ON n.op >= 2 AND h.id = n.hold_id
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

    IF cardinality(accounts) <= 32 THEN
        UPDATE ledger_balance b
           SET (debits_posted, credits_posted, debits_pending, credits_pending, version) = (
               SELECT b.debits_posted + dd[place], b.credits_posted + cc[place],
                      b.debits_pending + dp[place], b.credits_pending + cp[place], b.version + 1
               FROM array_position(accounts, b.account_id) AS place)
         WHERE b.account_id = ANY (accounts) AND NOT b.deferred;
        GET DIAGNOSTICS written = ROW_COUNT;
    ELSIF set_config('plan_cache_mode', 'force_custom_plan', true) IS NOT NULL THEN
        UPDATE ledger_balance b
           SET debits_posted = b.debits_posted + s.dd, credits_posted = b.credits_posted + s.cc,
               debits_pending = b.debits_pending + s.dp, credits_pending = b.credits_pending + s.cp,
               version = b.version + 1
          FROM unnest(accounts, dd, cc, dp, cp) AS s(account_id, dd, cc, dp, cp)
         WHERE b.account_id = s.account_id AND NOT b.deferred;
        GET DIAGNOSTICS written = ROW_COUNT;
    END IF;

    -- Deferred accounts, and such as do not exist, were left out.
    IF written < cardinality(accounts) THEN
        INSERT INTO ledger_balance_delta
            (account_id, debits_posted, credits_posted, debits_pending, credits_pending)
        SELECT s.* FROM unnest(accounts, dd, cc, dp, cp) AS s(account_id, dd, cc, dp, cp)
            JOIN ledger_balance b ON b.account_id = s.account_id WHERE b.deferred;
        GET DIAGNOSTICS deferred = ROW_COUNT;
        IF written + deferred < cardinality(accounts) THEN
            SELECT s.account_id INTO bad FROM unnest(accounts) AS s(account_id)
                WHERE NOT EXISTS (SELECT FROM ledger_balance b WHERE b.account_id = s.account_id)
                ORDER BY s.account_id LIMIT 1;
            SELECT n.id INTO first_id FROM new_rows n
                WHERE bad IN (n.debit_id, n.credit_id) ORDER BY n.id LIMIT 1;
            PERFORM ledger_refuse('ledger_transfer_account_known', 'no such account', first_id, bad);
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- Insert a batch and answer in words. No row: all is posted. Rows of the rule 'duplicate': these
-- identifiers exist already. Any other row names the rule that refused; then nothing is posted.
CREATE OR REPLACE FUNCTION ledger_post(
    ids uuid[], debit_ids bigint[], credit_ids bigint[], amounts bigint[], reason_ids smallint[],
    ops smallint[], hold_ids uuid[], reverses_ids uuid[], group_ids uuid[], refs text[],
    effective_ats timestamptz[], expiries timestamptz[], metas text[]
) RETURNS TABLE (rule text, transfer uuid, account text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    before text := coalesce(current_setting('suanpan.tenant', true), '');
    scope text := set_config('suanpan.tenant', '*', true);
    state text;
    detail text;
    bad bigint;
BEGIN
    BEGIN
        INSERT INTO ledger_transfer (id, debit_id, credit_id, amount, reason_id, op, hold_id,
            reverses_id, group_id, reference, effective_at, expires_at, meta)
        SELECT u.id, u.debit_id, u.credit_id, u.amount, u.reason_id, coalesce(u.op, 0), u.hold_id,
               u.reverses_id, u.group_id, coalesce(u.reference, ''),
               coalesce(u.effective_at, now()), u.expires_at, u.meta::jsonb
        FROM unnest(ids, debit_ids, credit_ids, amounts, reason_ids, ops, hold_ids, reverses_ids,
                    group_ids, refs, effective_ats, expiries, metas)
            AS u (id, debit_id, credit_id, amount, reason_id, op, hold_id, reverses_id,
                  group_id, reference, effective_at, expires_at, meta);
        scope := set_config('suanpan.tenant', before, true);
        RETURN;
    EXCEPTION
        WHEN integrity_constraint_violation OR numeric_value_out_of_range THEN
            GET STACKED DIAGNOSTICS
                state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
    END;

    IF state = '23505' AND rule LIKE 'ledger_transfer%pkey' THEN
        RETURN QUERY
            SELECT 'duplicate', t.id, NULL::text FROM ledger_transfer t WHERE t.id = ANY (ids);
    ELSE
        IF state = '22003' THEN
            rule := 'ledger_transfer_amount_in_range';
        ELSIF rule LIKE 'ledger_balance%' THEN
            -- Name the account; a floor that was mended meanwhile still refuses this batch.
            SELECT b.account_id INTO bad
                FROM unnest(debit_ids, credit_ids, amounts, ops, hold_ids)
                    AS u (debit_id, credit_id, amount, op, hold_id)
                LEFT JOIN ledger_hold h ON u.op >= 2 AND h.id = u.hold_id
                CROSS JOIN LATERAL (SELECT
                    CASE WHEN coalesce(u.op, 0) IN (0, 2) THEN u.amount ELSE 0 END AS posted,
                    CASE WHEN u.op = 1 THEN u.amount ELSE -coalesce(h.amount, 0) END AS pending
                ) m
                CROSS JOIN LATERAL (VALUES
                    (u.debit_id, m.posted, 0, m.pending, 0), (u.credit_id, 0, m.posted, 0, m.pending)
                ) s (account_id, dd, cc, dp, cp)
                JOIN ledger_balance b ON b.account_id = s.account_id
                GROUP BY b.account_id
                HAVING (b.rule = 'D' AND b.debits_posted + sum(s.dd) + b.debits_pending + sum(s.dp)
                        > b.credits_posted + sum(s.cc))
                    OR (b.rule = 'C' AND b.credits_posted + sum(s.cc) + b.credits_pending
                        + sum(s.cp) > b.debits_posted + sum(s.dd))
                ORDER BY b.account_id LIMIT 1;
            SELECT u.id INTO transfer FROM unnest(ids, debit_ids, credit_ids)
                AS u (id, debit_id, credit_id)
                WHERE bad IN (u.debit_id, u.credit_id) ORDER BY u.id LIMIT 1;
        ELSIF detail LIKE '{%' THEN
            transfer := (detail::jsonb ->> 'transfer')::uuid;
            bad := (detail::jsonb ->> 'account')::bigint;
        END IF;
        SELECT a.code INTO account FROM ledger_account a WHERE a.id = bad;
        RETURN NEXT;
    END IF;
    scope := set_config('suanpan.tenant', before, true);
END $$;
