-- A plain post that comes alone needs no arrays.
CREATE FUNCTION ledger_post_one(
    transfer_id uuid, debit_id bigint, credit_id bigint, amount bigint, reason_id smallint
) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    state text;
    rule text;
    detail text;
BEGIN
    BEGIN
        INSERT INTO ledger_transfer (id, debit_id, credit_id, amount, reason_id)
        VALUES (transfer_id, debit_id, credit_id, amount, reason_id);
        RETURN NULL;
    EXCEPTION
        WHEN integrity_constraint_violation OR numeric_value_out_of_range THEN
            GET STACKED DIAGNOSTICS
                state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
    END;
    RETURN ledger_explain_refusal(state, rule, detail, ARRAY[transfer_id], ARRAY[debit_id],
        ARRAY[credit_id], NULL);
END $$;

REVOKE ALL ON FUNCTION ledger_post_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post_one TO suanpan_app;
