-- What is let go of the cash of contracts goes back to the caps that their orders took it from:
-- they keep what was paid and what is still held.
CREATE FUNCTION settlement_gives_back_caps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept jsonb;
BEGIN
    SELECT jsonb_agg(jsonb_build_object(
        'order_id', contract.order_id,
        'kept_minor', now_is.held_minor - now_is.released_minor
    )) INTO kept
    FROM new_rows now_is
    JOIN old_rows was ON was.id = now_is.id
    JOIN settlement_contract contract ON contract.id = now_is.contract_id
    WHERE now_is.voucher_id IS NULL AND now_is.released_minor > was.released_minor;
    IF kept IS NOT NULL THEN
        PERFORM budgets_keep(kept);
    END IF;
    RETURN NULL;
END $$;
