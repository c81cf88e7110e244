-- An order that was cleared and is cancelled keeps nothing of what it took of caps.
CREATE FUNCTION orders_cancelled_gives_back() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM budgets_keep(jsonb_build_array(
        jsonb_build_object('order_id', NEW.id, 'kept_minor', 0)
    ));
    RETURN NULL;
END $$;
