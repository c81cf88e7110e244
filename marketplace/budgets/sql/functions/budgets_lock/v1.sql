-- Locks what orders took of caps, in the order of all who lock it, before accounts are locked.
CREATE FUNCTION budgets_lock(orders uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM budgets_capuse used
    WHERE used.id IN (SELECT take.use_id FROM budgets_captake take WHERE take.order_id = ANY (orders))
    ORDER BY used.id FOR NO KEY UPDATE;
END $$;
