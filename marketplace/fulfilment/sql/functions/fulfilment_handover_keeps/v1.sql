-- Trigger: what was handed over stays as it was said; it is taken once, and its secret only goes.
CREATE FUNCTION fulfilment_handover_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.delivery_id, NEW.request_id, NEW.buyer_id, NEW.provider_id, NEW.sequence,
        NEW.endpoint, NEW.has_secret, NEW.sealed_digest, NEW.handed_at, NEW.handed_by_id)
        IS DISTINCT FROM
       (OLD.id, OLD.delivery_id, OLD.request_id, OLD.buyer_id, OLD.provider_id, OLD.sequence,
        OLD.endpoint, OLD.has_secret, OLD.sealed_digest, OLD.handed_at, OLD.handed_by_id)
       OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)
       OR (OLD.taken_at IS NOT NULL
           AND (NEW.taken_at, NEW.taken_by_id) IS DISTINCT FROM (OLD.taken_at, OLD.taken_by_id))
       OR (OLD.erased_at IS NOT NULL AND (NEW.erased_at, NEW.erased_because)
           IS DISTINCT FROM (OLD.erased_at, OLD.erased_because)) THEN
        RAISE EXCEPTION 'what was handed over stays as it was said'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
