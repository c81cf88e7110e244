-- Closing waits for the batches under way; later batches find the period closed.
CREATE FUNCTION ledger_close_period() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7268001);
    RETURN NULL;
END $$;
