-- What the database does by itself when definitions and transfers arrive. The functions that write
-- derived tables run as the tables' owner, with a pinned search path.

CREATE FUNCTION ledger_deny() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
END $$;

CREATE FUNCTION ledger_deny_by_hand() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% is written by the ledger''s own triggers alone', TG_TABLE_NAME
            USING ERRCODE = '42501';
    END IF;
    RETURN NULL;
END $$;

-- Refuse by the name of a rule, as a constraint does; the facts are in the detail.
CREATE FUNCTION ledger_refuse(
    rule text, message text, transfer uuid DEFAULT NULL, account bigint DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'ledger: %', message USING
        ERRCODE = '23514', SCHEMA = 'public', TABLE = 'ledger_transfer', CONSTRAINT = rule,
        DETAIL = jsonb_build_object('transfer', transfer, 'account', account)::text;
END $$;

CREATE FUNCTION ledger_number_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.id IS NULL THEN
        NEW.id := (NEW.asset_id::bigint << 48) | (NEW.kind_id::bigint << 32)
            | nextval('ledger_account_serial');
    END IF;
    RETURN NEW;
END $$;

-- An account can never lack its balance row.
CREATE FUNCTION ledger_open_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_balance (account_id, rule, deferred)
    SELECT n.id, k.rule, k.deferred FROM new_rows n JOIN ledger_kind k ON k.id = n.kind_id;
    RETURN NULL;
END $$;

-- Closing waits for the batches under way; later batches find the period closed.
CREATE FUNCTION ledger_close_period() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7268001);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_check_transfers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch record;
    bad record;
BEGIN
    -- An older snapshot could miss a period that was closed a moment ago.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ledger_refuse('ledger_transfer_reads_committed', 'post in READ COMMITTED');
    END IF;
    SELECT min(effective_at) AS effective_at,
           bool_or(xid <> pg_current_xact_id() OR recorded_at <> now()) AS forged
        INTO batch FROM new_rows;
    IF batch.forged THEN
        PERFORM ledger_refuse('ledger_transfer_recorded_now', 'a transfer is recorded when posted');
    END IF;

    PERFORM pg_advisory_xact_lock_shared(7268001);
    IF EXISTS (SELECT FROM ledger_period WHERE ends_at > batch.effective_at) THEN
        SELECT n.id INTO bad FROM new_rows n JOIN ledger_period p
            ON n.effective_at >= p.starts_at AND n.effective_at < p.ends_at
            ORDER BY n.id LIMIT 1;
        IF FOUND THEN
            PERFORM ledger_refuse('ledger_transfer_period_open', 'the period is closed', bad.id);
        END IF;
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

-- Holds open; captures and releases close theirs, each hold once; reversals mirror, each once.
CREATE FUNCTION ledger_link_transfers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows WHERE op > 0 OR reverses_id IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO ledger_hold (id, debit_id, credit_id, amount, expires_at)
    SELECT id, debit_id, credit_id, amount, expires_at FROM new_rows WHERE op = 1;

    PERFORM FROM ledger_hold h
        WHERE h.id IN (SELECT hold_id FROM new_rows WHERE op >= 2)
        ORDER BY h.id FOR NO KEY UPDATE;
    SELECT n.id, CASE
            WHEN h.id IS NULL THEN 'ledger_transfer_hold_known'
            WHEN h.resolved_by IS NOT NULL OR n.turn > 1 THEN 'ledger_transfer_hold_open'
            WHEN n.op = 2 AND n.effective_at >= h.expires_at THEN 'ledger_transfer_hold_in_time'
            ELSE 'ledger_transfer_hold_matches'
        END AS rule
        INTO bad
        FROM (SELECT *, row_number() OVER (PARTITION BY hold_id ORDER BY id) AS turn
              FROM new_rows WHERE op >= 2) n
        LEFT JOIN ledger_hold h ON h.id = n.hold_id
        WHERE h.id IS NULL OR h.resolved_by IS NOT NULL OR n.turn > 1
           OR (n.op = 2 AND n.effective_at >= h.expires_at)
           OR h.debit_id <> n.debit_id OR h.credit_id <> n.credit_id OR n.amount > h.amount
           OR (n.op = 3 AND n.amount <> h.amount)
        ORDER BY n.id LIMIT 1;
    IF FOUND THEN
        PERFORM ledger_refuse(bad.rule, 'the hold cannot be resolved like this', bad.id);
    END IF;
    UPDATE ledger_hold h SET resolved_by = n.id
        FROM new_rows n WHERE n.op >= 2 AND h.id = n.hold_id;

    SELECT n.id INTO bad FROM new_rows n LEFT JOIN ledger_transfer t ON t.id = n.reverses_id
        WHERE n.reverses_id IS NOT NULL AND (
            t.id IS NULL OR t.op NOT IN (0, 2) OR t.debit_id <> n.credit_id
            OR t.credit_id <> n.debit_id OR t.amount <> n.amount
        ) ORDER BY n.id LIMIT 1;
    IF FOUND THEN
        PERFORM ledger_refuse(
            'ledger_transfer_mirrors_what_it_reverses', 'a reversal mirrors its transfer', bad.id
        );
    END IF;
    INSERT INTO ledger_reversal (transfer_id, reversed_by)
    SELECT reverses_id, id FROM new_rows WHERE reverses_id IS NOT NULL;
    RETURN NULL;
END $$;

-- One pass sums the batch by account, one writes: a hot account is touched once, whatever the size
-- of the batch. With hashing, merging and heap scans off, both plans that remain visit the accounts
-- in the order of their numbers, so batches cannot wait for each other in a circle.
CREATE FUNCTION ledger_move_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    accounts bigint[];
    dd bigint[];
    cc bigint[];
    dp bigint[];
    cp bigint[];
    written bigint;
    bad bigint;
    rule text;
    first_id uuid;
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE op > 0) THEN
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
                    (n.debit_id, m.posted, 0, m.pending, 0), (n.credit_id, 0, m.posted, 0, m.pending)
                ) s (account_id, dd, cc, dp, cp)
                GROUP BY s.account_id ORDER BY s.account_id
            ) t;
    ELSE
        SELECT array_agg(t.account_id), array_agg(t.dd), array_agg(t.cc), array_agg(0), array_agg(0)
            INTO accounts, dd, cc, dp, cp FROM (
                SELECT s.account_id, sum(s.dd)::bigint AS dd, sum(s.cc)::bigint AS cc FROM (
                    SELECT debit_id AS account_id, amount AS dd, 0 AS cc FROM new_rows
                    UNION ALL SELECT credit_id, 0, amount FROM new_rows
                ) s GROUP BY s.account_id ORDER BY s.account_id
            ) t;
    END IF;

    BEGIN
        UPDATE ledger_balance b
           SET debits_posted = b.debits_posted + s.dd, credits_posted = b.credits_posted + s.cc,
               debits_pending = b.debits_pending + s.dp, credits_pending = b.credits_pending + s.cp,
               version = b.version + 1
          FROM unnest(accounts, dd, cc, dp, cp) AS s(account_id, dd, cc, dp, cp)
         WHERE b.account_id = s.account_id AND NOT b.deferred;
        GET DIAGNOSTICS written = ROW_COUNT;
    EXCEPTION WHEN check_violation THEN
        -- Name the account; a floor that was mended meanwhile still refuses this batch.
        GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME;
        SELECT b.account_id INTO bad
            FROM unnest(accounts, dd, cc, dp, cp) AS s(account_id, dd, cc, dp, cp)
            JOIN ledger_balance b ON b.account_id = s.account_id
            WHERE (b.rule = 'D' AND b.debits_posted + s.dd + b.debits_pending + s.dp
                    > b.credits_posted + s.cc)
               OR (b.rule = 'C' AND b.credits_posted + s.cc + b.credits_pending + s.cp
                    > b.debits_posted + s.dd)
            ORDER BY b.account_id LIMIT 1;
        SELECT n.id INTO first_id FROM new_rows n
            WHERE bad IN (n.debit_id, n.credit_id) ORDER BY n.id LIMIT 1;
        PERFORM ledger_refuse(rule, 'the account is short', first_id, bad);
    END;

    -- Deferred accounts, and such as do not exist, were left out.
    IF written < cardinality(accounts) THEN
        SELECT s.account_id INTO bad FROM unnest(accounts) AS s(account_id)
            WHERE NOT EXISTS (SELECT FROM ledger_balance b WHERE b.account_id = s.account_id) LIMIT 1;
        IF FOUND THEN
            SELECT n.id INTO first_id FROM new_rows n
                WHERE bad IN (n.debit_id, n.credit_id) ORDER BY n.id LIMIT 1;
            PERFORM ledger_refuse('ledger_transfer_account_known', 'no such account', first_id, bad);
        END IF;
        INSERT INTO ledger_balance_delta
            (account_id, debits_posted, credits_posted, debits_pending, credits_pending)
        SELECT s.* FROM unnest(accounts, dd, cc, dp, cp) AS s(account_id, dd, cc, dp, cp)
            JOIN ledger_balance b ON b.account_id = s.account_id WHERE b.deferred;
    END IF;
    RETURN NULL;
END $$;

-- Deleting deltas is folding them: what leaves the table reaches the balance in the same statement.
CREATE FUNCTION ledger_fold_deltas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE ledger_balance b
       SET debits_posted = b.debits_posted + s.dd, credits_posted = b.credits_posted + s.cc,
           debits_pending = b.debits_pending + s.dp, credits_pending = b.credits_pending + s.cp,
           version = b.version + 1
      FROM (
          SELECT account_id, sum(debits_posted)::bigint AS dd, sum(credits_posted)::bigint AS cc,
                 sum(debits_pending)::bigint AS dp, sum(credits_pending)::bigint AS cp
          FROM old_rows GROUP BY account_id
      ) s
     WHERE b.account_id = s.account_id;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_account_number BEFORE INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_number_account();
CREATE TRIGGER ledger_account_balances AFTER INSERT ON ledger_account
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_open_balances();
CREATE TRIGGER ledger_period_waits BEFORE INSERT ON ledger_period
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_close_period();
-- Triggers of one event fire in the order of their names.
CREATE TRIGGER ledger_transfer_1_rules AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_transfers();
CREATE TRIGGER ledger_transfer_2_links AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_link_transfers();
CREATE TRIGGER ledger_transfer_3_balances AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_move_balances();
CREATE TRIGGER ledger_balance_delta_folds AFTER DELETE ON ledger_balance_delta
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_fold_deltas();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['asset', 'kind', 'reason', 'flow', 'account', 'period', 'transfer']
    LOOP
        EXECUTE format(
            'CREATE TRIGGER ledger_%1$s_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON ledger_%1$s FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['balance', 'hold', 'reversal']
    LOOP
        EXECUTE format(
            'CREATE TRIGGER ledger_%1$s_is_derived BEFORE INSERT OR UPDATE ON ledger_%1$s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny_by_hand()', name);
        EXECUTE format(
            'CREATE TRIGGER ledger_%1$s_stays BEFORE DELETE OR TRUNCATE ON ledger_%1$s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny()', name);
    END LOOP;
END $$;
CREATE TRIGGER ledger_balance_delta_is_derived BEFORE INSERT ON ledger_balance_delta
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny_by_hand();
CREATE TRIGGER ledger_balance_delta_stays BEFORE UPDATE OR TRUNCATE ON ledger_balance_delta
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny();
