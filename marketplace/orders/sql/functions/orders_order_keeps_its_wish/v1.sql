-- What was asked never changes, and an order that is over stays as it ended.
CREATE FUNCTION orders_order_keeps_its_wish() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state IN ('SETTLED', 'REJECTED', 'CANCELLED') THEN
        RAISE EXCEPTION 'order % is over', OLD.number USING ERRCODE = '23001';
    END IF;
    IF NEW.state = 'PLACED' AND OLD.state <> 'PLACED' THEN
        RAISE EXCEPTION 'order % was cleared', OLD.number USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
