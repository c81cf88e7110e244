-- Insert a batch, in the owner's name. NULL: all is posted. Otherwise nothing is, and the answer
-- tells why.
CREATE FUNCTION ledger_post_batch(
    ids uuid[], debit_ids bigint[], credit_ids bigint[], amounts bigint[], reason_ids smallint[],
    ops smallint[], hold_ids uuid[], reverses_ids uuid[], group_ids uuid[], refs text[],
    effective_ats timestamptz[], expiries timestamptz[], metas text[]
) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    state text;
    rule text;
    detail text;
BEGIN
    BEGIN
        IF num_nonnulls(ops, hold_ids, reverses_ids, group_ids, refs, effective_ats, expiries,
                        metas) = 0 THEN
            INSERT INTO ledger_transfer (id, debit_id, credit_id, amount, reason_id)
            SELECT * FROM unnest(ids, debit_ids, credit_ids, amounts, reason_ids);
        ELSE
            INSERT INTO ledger_transfer (id, debit_id, credit_id, amount, reason_id, op, hold_id,
                reverses_id, group_id, reference, effective_at, expires_at, meta)
            SELECT u.id, u.debit_id, u.credit_id, u.amount, u.reason_id, coalesce(u.op, 0),
                   u.hold_id, u.reverses_id, u.group_id, coalesce(u.reference, ''),
                   coalesce(u.effective_at, now()), u.expires_at, u.meta::jsonb
            FROM unnest(ids, debit_ids, credit_ids, amounts, reason_ids, ops, hold_ids,
                        reverses_ids, group_ids, refs, effective_ats, expiries, metas)
                AS u (id, debit_id, credit_id, amount, reason_id, op, hold_id, reverses_id,
                      group_id, reference, effective_at, expires_at, meta);
        END IF;
        RETURN NULL;
    EXCEPTION
        WHEN integrity_constraint_violation OR numeric_value_out_of_range THEN
            GET STACKED DIAGNOSTICS
                state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
    END;
    RETURN ledger_explain_refusal(
        state, rule, detail, ids, debit_ids, credit_ids, reverses_ids);
END $$;

REVOKE ALL ON FUNCTION ledger_post_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post_batch TO suanpan_app;
