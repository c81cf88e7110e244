-- What waits for a peer keeps its place, and what was taken stays taken.
CREATE FUNCTION peering_outgoing_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.peer <> OLD.peer OR NEW.dataset <> OLD.dataset OR NEW.digest <> OLD.digest
        OR (OLD.sequence IS NOT NULL AND NEW.sequence IS DISTINCT FROM OLD.sequence)
        OR (OLD.told_at IS NOT NULL AND NEW.told_at IS NULL)
    THEN
        RAISE EXCEPTION 'item % for % changes', OLD.id, OLD.peer
            USING ERRCODE = 'check_violation', CONSTRAINT = 'outgoing_keeps';
    END IF;
    RETURN NEW;
END $$;
