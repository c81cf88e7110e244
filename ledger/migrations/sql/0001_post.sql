-- Insert a batch and answer in words. No row: all is posted. Rows of the rule 'duplicate': these
-- identifiers exist already. Any other row names the rule that refused; then nothing is posted.
CREATE FUNCTION ledger_post(
    ids uuid[], debit_ids bigint[], credit_ids bigint[], amounts bigint[], reason_ids smallint[],
    ops smallint[], hold_ids uuid[], reverses_ids uuid[], group_ids uuid[], refs text[],
    effective_ats timestamptz[], expiries timestamptz[], metas text[]
) RETURNS TABLE (rule text, transfer uuid, account text)
-- It acts for the market by itself, so it does so in the owner's name.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before text := coalesce(current_setting('suanpan.tenant', true), '');
    state text;
    detail text;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
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
        PERFORM set_config('suanpan.tenant', before, true);
        RETURN;
    EXCEPTION
        WHEN integrity_constraint_violation OR numeric_value_out_of_range THEN
            GET STACKED DIAGNOSTICS
                state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
    END;

    PERFORM set_config('suanpan.tenant', '*', true);
    IF state = '23505' AND rule LIKE 'ledger_transfer%pkey' THEN
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
