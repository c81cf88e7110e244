-- Trigger: what may be taken back with notice says so from its first day on, and nothing else
-- becomes so: orders rest on it.
CREATE FUNCTION catalog_preemption_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (NEW.preemption_rule, NEW.preemption_minutes)
        IS DISTINCT FROM (OLD.preemption_rule, OLD.preemption_minutes) THEN
        RAISE EXCEPTION 'a listing may be taken back with its notice, or not, for good'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
