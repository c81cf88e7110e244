-- Trigger: a demand that is over stays as it ended; who asked for it never changes; what it asks
-- for changes with its revision, and nobody moves ahead in the queue. One that was filled waits
-- again, as it was, where its reopening was written down.
CREATE FUNCTION demands_demand_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    is_reopened boolean := OLD.state = 'FILLED' AND NEW.state = 'WAITING'
        AND NEW.revision = OLD.revision AND NEW.reopened_count = OLD.reopened_count + 1
        AND NEW.reopened_count = (
            SELECT count(*) FROM demands_demandreopening r WHERE r.demand_id = OLD.id
        );
BEGIN
    IF OLD.state <> 'WAITING' AND NOT is_reopened THEN
        RAISE EXCEPTION 'demand % is over', OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF (NEW.id, NEW.number, NEW.key, NEW.asked_hash, NEW.buyer_id, NEW.posted_at, NEW.again_of_id)
        IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.key, OLD.asked_hash, OLD.buyer_id, OLD.posted_at, OLD.again_of_id)
        OR NEW.queued_at < OLD.queued_at
        OR NEW.revision NOT IN (OLD.revision, OLD.revision + 1)
        OR (NEW.reopened_count <> OLD.reopened_count AND NOT is_reopened)
        OR ((NEW.revision = OLD.revision) AND
            (NEW.terms, NEW.terms_hash, NEW.kind, NEW.expires_at, NEW.queued_at,
             NEW.resource_class)
            IS DISTINCT FROM
            (OLD.terms, OLD.terms_hash, OLD.kind, OLD.expires_at, OLD.queued_at,
             OLD.resource_class))
    THEN
        RAISE EXCEPTION 'demand % changes by its next revision only', OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
