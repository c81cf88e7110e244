-- Trigger: a delivery is carried out by a driver of its own provider that is called and not removed,
-- and what is written of its parties is so.
CREATE FUNCTION drivers_driven_begins() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM fulfilment_computedelivery f
        JOIN drivers_providerdriver p ON p.id = NEW.driver_id
        WHERE f.id = NEW.delivery_id
          AND (f.buyer_id, f.provider_id) = (NEW.buyer_id, NEW.provider_id)
          AND p.provider_id = f.provider_id AND p.kind = NEW.kind
          AND p.url <> '' AND p.removed_at IS NULL)
    THEN
        RAISE EXCEPTION 'a delivery is carried out by a driver of its provider'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
