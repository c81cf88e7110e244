-- Trigger: what was handed over stays as it was said; it is taken once, and its secret only goes, and
-- so does an endpoint that was in the open. That its key expires is told once.
CREATE FUNCTION fulfilment_handover_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.delivery_id, NEW.request_id, NEW.buyer_id, NEW.provider_id, NEW.sequence,
        NEW.kind, NEW.format, NEW.has_secret, NEW.sealed_digest, NEW.handed_at, NEW.handed_by_id,
        NEW.scopes, NEW.expires_at, NEW.requests_a_minute, NEW.key_hint, NEW.former_until)
        IS DISTINCT FROM
       (OLD.id, OLD.delivery_id, OLD.request_id, OLD.buyer_id, OLD.provider_id, OLD.sequence,
        OLD.kind, OLD.format, OLD.has_secret, OLD.sealed_digest, OLD.handed_at, OLD.handed_by_id,
        OLD.scopes, OLD.expires_at, OLD.requests_a_minute, OLD.key_hint, OLD.former_until)
       OR (NEW.endpoint <> OLD.endpoint AND (NEW.endpoint <> '' OR NEW.erased_at IS NULL))
       OR (NEW.tell_at IS NOT NULL AND NEW.tell_at IS DISTINCT FROM OLD.tell_at)
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
