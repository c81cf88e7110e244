-- Trigger: what was told of a round before it never changes; it goes on through its phases and
-- never back; one that is over stays as it ended.
CREATE FUNCTION rounds_round_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state IN ('PUBLISHED', 'CALLED_OFF') THEN
        RAISE EXCEPTION 'round % is over', OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF (NEW.id, NEW.number, NEW.resource_class, NEW.hubs, NEW.chips, NEW.delivers_from,
        NEW.delivers_until, NEW.opens_at, NEW.first_at, NEW.no_cancel_at, NEW.second_at,
        NEW.ends_at, NEW.solve_seconds, NEW.seed_hash, NEW.scheduled_at)
        IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.resource_class, OLD.hubs, OLD.chips, OLD.delivers_from,
        OLD.delivers_until, OLD.opens_at, OLD.first_at, OLD.no_cancel_at, OLD.second_at,
        OLD.ends_at, OLD.solve_seconds, OLD.seed_hash, OLD.scheduled_at)
        OR (OLD.state = 'SOLVING' AND (NEW.sealed_at, NEW.order_root, NEW.input_hash)
            IS DISTINCT FROM (OLD.sealed_at, OLD.order_root, OLD.input_hash))
    THEN
        RAISE EXCEPTION 'what was told of round % stays', OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('SCHEDULED', 'OPEN'), ('OPEN', 'NO_CANCEL'), ('NO_CANCEL', 'SOLVING'),
        ('SOLVING', 'PUBLISHED'), ('SCHEDULED', 'CALLED_OFF'), ('OPEN', 'CALLED_OFF'),
        ('NO_CANCEL', 'CALLED_OFF'), ('SOLVING', 'CALLED_OFF'))
    THEN
        RAISE EXCEPTION 'round % does not go from % to %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
