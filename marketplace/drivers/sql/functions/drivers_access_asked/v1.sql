-- Trigger: once a buyer asks for other access, its driver is told.
CREATE FUNCTION drivers_access_asked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE drivers_drivendelivery SET due_at = least(due_at, NEW.asked_at)
    WHERE delivery_id = NEW.delivery_id AND NOT is_ending;
    RETURN NULL;
END $$;
