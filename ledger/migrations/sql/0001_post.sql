-- Insert a batch and answer in words. No row: all is posted. Rows of the rule 'duplicate': these
-- identifiers exist already. Any other row names the rule that refused; then nothing is posted.
CREATE FUNCTION ledger_post(
    ids uuid[], debits text[], credits text[], assets text[], amounts bigint[], reasons text[],
    ops smallint[], hold_ids uuid[], reverses_ids uuid[], group_ids uuid[], refs text[],
    effective_ats timestamptz[], expiries timestamptz[], metas text[]
) RETURNS TABLE (rule text, transfer uuid, account text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before text := coalesce(current_setting('suanpan.tenant', true), '');
    state text;
    detail text;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    BEGIN
        INSERT INTO ledger_transfer (id, debit_id, credit_id, amount, reason_id, op, hold_id,
            reverses_id, group_id, reference, effective_at, expires_at, meta)
        SELECT u.id, d.id, c.id, u.amount, r.id, coalesce(u.op, 0), u.hold_id, u.reverses_id, u.group_id,
               coalesce(u.reference, ''), coalesce(u.effective_at, now()), u.expires_at, u.meta::jsonb
        FROM unnest(ids, debits, credits, assets, amounts, reasons, ops, hold_ids, reverses_ids,
                    group_ids, refs, effective_ats, expiries, metas)
            AS u(id, debit, credit, asset, amount, reason, op, hold_id, reverses_id,
                 group_id, reference, effective_at, expires_at, meta)
        LEFT JOIN ledger_asset a ON a.code = u.asset
        LEFT JOIN ledger_account d ON d.code = u.debit AND d.asset_id = a.id
        LEFT JOIN ledger_account c ON c.code = u.credit AND c.asset_id = a.id
        LEFT JOIN ledger_reason r ON r.name = u.reason;
        PERFORM set_config('suanpan.tenant', before, true);
        RETURN;
    EXCEPTION
        WHEN integrity_constraint_violation OR numeric_value_out_of_range THEN
            GET STACKED DIAGNOSTICS
                state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
    END;

    PERFORM set_config('suanpan.tenant', '*', true);
    IF state = '23502' THEN
        SELECT u.id, CASE WHEN d.id IS NULL THEN u.debit WHEN c.id IS NULL THEN u.credit END,
               CASE WHEN a.id IS NULL THEN 'ledger_transfer_asset_known'
                    WHEN d.id IS NULL OR c.id IS NULL THEN 'ledger_transfer_account_known'
                    ELSE 'ledger_transfer_flow_allowed' END
            INTO transfer, account, rule
            FROM unnest(ids, debits, credits, assets, reasons) AS u(id, debit, credit, asset, reason)
            LEFT JOIN ledger_asset a ON a.code = u.asset
            LEFT JOIN ledger_account d ON d.code = u.debit AND d.asset_id = a.id
            LEFT JOIN ledger_account c ON c.code = u.credit AND c.asset_id = a.id
            LEFT JOIN ledger_reason r ON r.name = u.reason
            WHERE d.id IS NULL OR c.id IS NULL OR r.id IS NULL ORDER BY u.id LIMIT 1;
        RETURN NEXT;
    ELSIF state = '23505' AND rule LIKE 'ledger_transfer%pkey' THEN
        RETURN QUERY
            SELECT 'duplicate', t.id, NULL::text FROM ledger_transfer t WHERE t.id = ANY (ids);
    ELSE
        IF state = '22003' THEN
            rule := 'ledger_transfer_amount_in_range';
        ELSIF detail LIKE '{%' THEN
            transfer := (detail::jsonb ->> 'transfer')::uuid;
            SELECT a.code INTO account FROM ledger_account a
                WHERE a.id = (detail::jsonb ->> 'account')::bigint;
        END IF;
        RETURN NEXT;
    END IF;
    PERFORM set_config('suanpan.tenant', before, true);
END $$;

REVOKE ALL ON FUNCTION ledger_post FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post TO suanpan_app;
