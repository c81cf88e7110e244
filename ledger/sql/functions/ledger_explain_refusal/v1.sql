-- Say why a batch was refused, after it is undone.
CREATE FUNCTION ledger_explain_refusal(
    state text, rule text, detail text, ids uuid[], debit_ids bigint[], credit_ids bigint[],
    reverses_ids uuid[]
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    duplicates jsonb;
    transfer uuid;
    bad bigint;
BEGIN
    IF state = '23505' AND rule LIKE 'ledger_transfer%pkey' THEN
        SELECT jsonb_agg(t.id) INTO duplicates FROM ledger_transfer t WHERE t.id = ANY (ids);
        IF duplicates IS NOT NULL THEN
            RETURN jsonb_build_object('rule', 'duplicate', 'transfers', duplicates);
        END IF;
        -- It was recorded after the snapshot of a transaction that keeps its own.
        rule := 'ledger_transfer_reads_committed';
    ELSIF state = '22003' THEN
        rule := 'ledger_transfer_amount_in_range';
    ELSIF rule LIKE 'ledger_reversal%' THEN
        SELECT u.id INTO transfer
            FROM (SELECT i.id, i.reverses_id,
                         row_number() OVER (PARTITION BY i.reverses_id ORDER BY i.id) AS turn
                  FROM unnest(ids, reverses_ids) AS i (id, reverses_id)
                  WHERE i.reverses_id IS NOT NULL) u
            WHERE u.turn > 1 OR EXISTS (
                SELECT FROM ledger_reversal r WHERE r.transfer_id = u.reverses_id)
            ORDER BY u.id LIMIT 1;
    ELSIF detail LIKE '{%' THEN
        transfer := (detail::jsonb ->> 'transfer')::uuid;
        bad := (detail::jsonb ->> 'account')::bigint;
        IF transfer IS NULL AND bad IS NOT NULL THEN
            SELECT u.id INTO transfer FROM unnest(ids, debit_ids, credit_ids)
                AS u (id, debit_id, credit_id)
                WHERE bad IN (u.debit_id, u.credit_id) ORDER BY u.id LIMIT 1;
        END IF;
    ELSIF state = '23514' AND rule = '' THEN
        -- No partition takes it; the one that is farthest ahead is never taken, if any is not.
        SELECT u.id INTO transfer FROM unnest(ids) AS u (id) ORDER BY u.id DESC LIMIT 1;
    END IF;
    RETURN jsonb_build_object('rule', rule, 'transfer', transfer,
        'account', (SELECT a.code FROM ledger_account a WHERE a.id = bad));
END $$;
