-- Who may do what: grants first, then rows.

REVOKE ALL ON ledger_asset, ledger_kind, ledger_reason, ledger_flow, ledger_account, ledger_period,
    ledger_balance, ledger_balance_delta, ledger_transfer, ledger_hold, ledger_reversal
    FROM suanpan_app;
GRANT SELECT, INSERT ON ledger_asset, ledger_kind, ledger_reason, ledger_flow, ledger_account,
    ledger_period, ledger_transfer TO suanpan_app;
GRANT SELECT ON ledger_balance, ledger_hold, ledger_reversal TO suanpan_app;
-- To delete a delta is to fold it into its balance.
GRANT SELECT, DELETE ON ledger_balance_delta TO suanpan_app;
REVOKE ALL ON FUNCTION ledger_make_partitions(integer),
    ledger_add_transfer_partition(text, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_make_partitions(integer) TO suanpan_app;

DO $$
DECLARE
    tenant text := '(SELECT coalesce(current_setting(''suanpan.tenant'', true), ''''))';
    platform text := tenant || ' = ''*''';
    own_accounts text := '(SELECT id FROM ledger_account WHERE owner_id::text = ' || tenant || ')';
    wall record;
BEGIN
    FOR wall IN SELECT * FROM (VALUES
        ('ledger_account', 'INSERT', 'owner_id::text = ' || tenant),
        ('ledger_balance', '', 'account_id IN ' || own_accounts),
        ('ledger_balance_delta', 'DELETE', 'account_id IN ' || own_accounts),
        ('ledger_hold', '', 'debit_id IN ' || own_accounts || ' OR credit_id IN ' || own_accounts),
        ('ledger_transfer', 'INSERT',
            'debit_id IN ' || own_accounts || ' OR credit_id IN ' || own_accounts),
        ('ledger_reversal', '', 'false')
    ) AS walls (name, writes, own)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wall.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wall.name);
        -- The owner's trigger functions keep the ledger whole, whoever posts.
        EXECUTE format('CREATE POLICY %I ON %I TO suanpan_owner USING (true)',
            wall.name || '_whole', wall.name);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO suanpan_app USING (%s OR %s)',
            wall.name || '_read', wall.name, platform, wall.own);
        IF wall.writes <> '' THEN
            EXECUTE format('CREATE POLICY %I ON %I FOR %s TO suanpan_app %s (%s)',
                wall.name || '_' || lower(wall.writes), wall.name, wall.writes,
                CASE wall.writes WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, platform);
        END IF;
    END LOOP;
END $$;
