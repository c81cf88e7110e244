-- Trigger: once a delivery is over, what its driver is told next is due.
CREATE FUNCTION drivers_delivery_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE drivers_drivendelivery SET due_at = least(due_at, NEW.changed_at)
    WHERE delivery_id = NEW.id AND NOT is_ending;
    RETURN NULL;
END $$;
