-- The SHA-256 of a statement's lines, each a text of its columns with tabs between: what the
-- verifier computes from a file of the statement.
CREATE FUNCTION statements_lines_hash(of_statement uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws(E'\t',
        l.position, a.code, l.asset, l.transfer_id, l.amount_minor,
        to_char(l.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(l.day, 'YYYY-MM-DD'), l.reason, l.reference, l.contract_number, l.order_number,
        l.chip, l.region, trim_scale(l.standard_hours), coalesce(s.number, '')
    ), E'\n' ORDER BY l.position), ''), 'UTF8')), 'hex')
    FROM statements_statementline l JOIN ledger_account a ON a.id = l.account_number
    LEFT JOIN statements_statement s ON s.id = l.corrects_id
    WHERE l.statement_id = of_statement
$$;

REVOKE ALL ON FUNCTION statements_lines_hash FROM PUBLIC;
GRANT EXECUTE ON FUNCTION statements_lines_hash TO suanpan_app;
