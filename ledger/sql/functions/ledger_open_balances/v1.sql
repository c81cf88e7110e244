-- An account can never lack its balance row.
CREATE FUNCTION ledger_open_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_balance (account_id, rule, deferred)
    SELECT n.id, k.rule, k.deferred FROM new_rows n JOIN ledger_kind k ON k.id = n.kind_id;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger_open_balances FROM PUBLIC;
