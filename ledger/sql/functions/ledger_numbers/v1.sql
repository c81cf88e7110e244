-- The numbers behind names, in one go: a session that begins with a posting knows none.
CREATE FUNCTION ledger_numbers(account_codes text[], asset_codes text[], reason_names text[])
RETURNS TABLE (kind text, name text, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT 'account', a.code, a.id FROM ledger_account a WHERE a.code = ANY (account_codes)
    UNION ALL
    SELECT 'asset', a.code, a.id FROM ledger_asset a WHERE a.code = ANY (asset_codes)
    UNION ALL
    SELECT 'reason', r.name, r.id FROM ledger_reason r WHERE r.name = ANY (reason_names);
END;

REVOKE ALL ON FUNCTION ledger_numbers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_numbers TO suanpan_app;
