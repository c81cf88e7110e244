-- Who may do what: grants first, then rows. `ledger_reversal` and what is written by functions alone
-- is granted to nobody.

REVOKE ALL ON ledger_asset, ledger_kind, ledger_reason, ledger_flow, ledger_account, ledger_period,
    ledger_balance, ledger_balance_delta, ledger_transfer, ledger_hold, ledger_reversal,
    ledger_definition, ledger_key, ledger_tile, ledger_checkpoint, ledger_transfer_line,
    ledger_account_page, ledger_page_cursor
    FROM suanpan_app;
GRANT SELECT ON ledger_balance, ledger_hold, ledger_reversal, ledger_definition,
    ledger_transfer_line TO suanpan_app;
GRANT SELECT, INSERT ON ledger_asset, ledger_kind, ledger_reason, ledger_flow, ledger_account,
    ledger_period, ledger_transfer, ledger_key, ledger_checkpoint TO suanpan_app;
GRANT SELECT, INSERT, UPDATE (hashes) ON ledger_tile TO suanpan_app;
-- To delete a delta is to fold it into its balance.
GRANT SELECT, DELETE ON ledger_balance_delta TO suanpan_app;
-- Pages are an index: the application keeps it, and verify_ledger compares it with the transfers.
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_account_page, ledger_page_cursor TO suanpan_app;

DO $$
DECLARE
    tenant text := '(SELECT suanpan_tenant())';
    platform text := tenant || ' = ''*''';
    own_accounts text := '(SELECT id FROM ledger_account WHERE owner_id::text = ' || tenant || ')';
    wall record;
    verb text;
BEGIN
    -- What the platform may write, and what others may read.
    FOR wall IN SELECT * FROM (VALUES
        ('ledger_account', 'INSERT', 'owner_id::text = ' || tenant),
        ('ledger_account_page', 'INSERT UPDATE DELETE', 'account_id IN ' || own_accounts),
        ('ledger_asset', 'INSERT', 'everything'),
        ('ledger_balance', '', 'account_id IN ' || own_accounts),
        ('ledger_balance_delta', 'DELETE', 'account_id IN ' || own_accounts),
        ('ledger_checkpoint', 'INSERT', 'true'),
        ('ledger_definition', '', 'false'),
        ('ledger_flow', 'INSERT', 'everything'),
        ('ledger_hold', '', 'debit_id IN ' || own_accounts || ' OR credit_id IN ' || own_accounts),
        ('ledger_key', 'INSERT', 'true'),
        ('ledger_kind', 'INSERT', 'everything'),
        ('ledger_page_cursor', 'INSERT UPDATE DELETE', 'true'),
        ('ledger_reason', 'INSERT', 'everything'),
        ('ledger_reversal', '', 'false'),
        ('ledger_tile', 'INSERT UPDATE', 'true'),
        ('ledger_transfer', 'INSERT',
            'debit_id IN ' || own_accounts || ' OR credit_id IN ' || own_accounts)
    ) AS walls (name, writes, readable)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wall.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wall.name);
        -- The owner's trigger functions keep the ledger whole, whoever posts.
        EXECUTE format('CREATE POLICY %I ON %I TO suanpan_owner USING (true)',
            wall.name || '_whole', wall.name);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO suanpan_app USING (%s)',
            wall.name || '_read', wall.name, CASE wall.readable
                WHEN 'everything' THEN 'true' ELSE platform || ' OR ' || wall.readable END);
        FOREACH verb IN ARRAY string_to_array(wall.writes, ' ')
        LOOP
            EXECUTE format('CREATE POLICY %I ON %I FOR %s TO suanpan_app %s (%s)',
                wall.name || '_' || lower(verb), wall.name, verb,
                CASE verb WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, platform);
        END LOOP;
    END LOOP;
END $$;
