-- Trigger: what a path is said to be holds from now on or later, once something was said of it.
CREATE FUNCTION pricing_path_is_told_now() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tolerance CONSTANT interval := '5 minutes';  -- of a request under way
    now CONSTANT timestamptz := clock_timestamp();
BEGIN
    IF (NEW.recorded_at NOT BETWEEN now - tolerance AND now + tolerance
            OR NEW.starts_at < now - tolerance)
        AND EXISTS (
            SELECT FROM pricing_path WHERE hub_a = NEW.hub_a AND hub_b = NEW.hub_b
        )
    THEN
        RAISE EXCEPTION 'a path is told now, and is so then or later'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_is_not_back_dated';
    END IF;
    RETURN NEW;
END $$;
