-- Write down each definition as the line of text that is sealed.
CREATE FUNCTION ledger_define() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'ledger_asset' THEN
        INSERT INTO ledger_definition (line)
        SELECT concat_ws(E'\t', 'asset', code, scale, asset_class) FROM new_rows ORDER BY id;
    WHEN 'ledger_kind' THEN
        INSERT INTO ledger_definition (line)
        SELECT concat_ws(E'\t', 'kind', name, rule, deferred) FROM new_rows ORDER BY id;
    WHEN 'ledger_flow' THEN
        INSERT INTO ledger_definition (line)
        SELECT concat_ws(E'\t', 'flow', coalesce(a.code, '*' || n.asset_class), d.name, c.name, r.name)
        FROM new_rows n JOIN ledger_kind d ON d.id = n.debit_kind_id
            JOIN ledger_kind c ON c.id = n.credit_kind_id JOIN ledger_reason r ON r.id = n.reason_id
            LEFT JOIN ledger_asset a ON a.id = n.asset_id
        ORDER BY n.id;
    WHEN 'ledger_account' THEN
        INSERT INTO ledger_definition (line)
        SELECT concat_ws(E'\t', 'account', n.code, a.code, k.name, coalesce(n.owner_id::text, '-'))
        FROM new_rows n JOIN ledger_asset a ON a.id = n.asset_id JOIN ledger_kind k ON k.id = n.kind_id
        ORDER BY n.id;
    WHEN 'ledger_period' THEN
        INSERT INTO ledger_definition (line)
        SELECT concat_ws(E'\t', 'period', ledger_moment(starts_at), ledger_moment(ends_at))
        FROM new_rows ORDER BY id;
    WHEN 'ledger_key' THEN
        INSERT INTO ledger_definition (line)
        SELECT concat_ws(E'\t', 'key', name, encode(public_key, 'hex')) FROM new_rows ORDER BY id;
    END CASE;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger_define FROM PUBLIC;
