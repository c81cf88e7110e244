-- What a node said of a day later is never replaced by what it said before.
CREATE FUNCTION peering_totals_rise() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.node, NEW.day, NEW.resource_class)
        IS DISTINCT FROM (OLD.node, OLD.day, OLD.resource_class)
        OR NEW.sequence < OLD.sequence
        OR (NEW.sequence = OLD.sequence AND NEW.digest <> OLD.digest)
    THEN
        RAISE EXCEPTION 'the totals of % on % go back', OLD.node, OLD.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'totals_rise';
    END IF;
    RETURN NEW;
END $$;
