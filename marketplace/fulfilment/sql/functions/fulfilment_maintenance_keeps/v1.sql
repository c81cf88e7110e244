-- Trigger: what was announced stays as it was said; it begins and ends, or is withdrawn, once, and
-- begins inside the time that was announced.
CREATE FUNCTION fulfilment_maintenance_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'ANNOUNCED' THEN
            RAISE EXCEPTION 'maintenance is announced before it begins'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.provider_id, NEW.impact, NEW.note, NEW.starts_at, NEW.ends_at, NEW.rule,
        NEW.is_late, NEW.interrupts, NEW.announced_at, NEW.announced_by_id)
        IS DISTINCT FROM
       (OLD.id, OLD.provider_id, OLD.impact, OLD.note, OLD.starts_at, OLD.ends_at, OLD.rule,
        OLD.is_late, OLD.interrupts, OLD.announced_at, OLD.announced_by_id)
       OR (OLD.state, NEW.state) NOT IN
          (('ANNOUNCED', 'UNDERWAY'), ('ANNOUNCED', 'WITHDRAWN'), ('UNDERWAY', 'OVER'))
       OR (OLD.began_at IS NOT NULL AND NEW.began_at IS DISTINCT FROM OLD.began_at)
       OR (NEW.state = 'UNDERWAY'
           AND NOT (NEW.began_at >= NEW.starts_at AND NEW.began_at < NEW.ends_at)) THEN
        RAISE EXCEPTION 'what was announced stays as it was said'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
