-- Trigger: a time in which a delivery ran gets its end once, and nothing else of it ever changes;
-- none begins inside another.
CREATE FUNCTION fulfilment_running_closes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (
            SELECT FROM fulfilment_runningtime earlier
            WHERE earlier.delivery_id = NEW.delivery_id
              AND (earlier.ends_at IS NULL OR earlier.ends_at > NEW.starts_at)
        ) THEN
            RAISE EXCEPTION 'a delivery runs once at a time'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.ends_at IS NOT NULL
        OR (NEW.id, NEW.delivery_id, NEW.buyer_id, NEW.provider_id, NEW.starts_at)
           <> (OLD.id, OLD.delivery_id, OLD.buyer_id, OLD.provider_id, OLD.starts_at) THEN
        RAISE EXCEPTION 'when a delivery ran stays as it was said'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
