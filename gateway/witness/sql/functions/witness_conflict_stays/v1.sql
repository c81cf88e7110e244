-- The evidence against a log stays as it was found; it may be settled once.
CREATE FUNCTION witness_conflict_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.settled_at IS NOT NULL
        OR (OLD.id, OLD.origin, OLD.kind, OLD.held_size, OLD.held_note, OLD.offered_size,
            OLD.offered_root, OLD.offered_note, OLD.found_at)
        IS DISTINCT FROM
           (NEW.id, NEW.origin, NEW.kind, NEW.held_size, NEW.held_note, NEW.offered_size,
            NEW.offered_root, NEW.offered_note, NEW.found_at)
    THEN
        RAISE EXCEPTION 'the evidence against % stays', OLD.origin
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_conflict_stays';
    END IF;
    RETURN NEW;
END
$$;
