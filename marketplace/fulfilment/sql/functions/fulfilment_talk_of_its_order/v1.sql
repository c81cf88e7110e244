-- Trigger: the parties of what is said are those of its order: its buyer, and the provider that it
-- cleared with, or at whose listing it waits. The release before names the delivery alone.
CREATE FUNCTION fulfilment_talk_of_its_order() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    buyer uuid;
    provider uuid;
BEGIN
    IF NEW.order_id IS NULL THEN
        SELECT order_id INTO NEW.order_id FROM fulfilment_computedelivery
        WHERE id = NEW.delivery_id;
    ELSE
        SELECT id INTO NEW.delivery_id FROM fulfilment_computedelivery
        WHERE order_id = NEW.order_id;
    END IF;
    SELECT o.buyer_id, coalesce(o.provider_id, l.provider_id) INTO buyer, provider
        FROM orders_order o LEFT JOIN catalog_listing l ON l.id = o.wanted_listing_id
    WHERE o.id = NEW.order_id;
    IF (NEW.buyer_id, NEW.provider_id) IS DISTINCT FROM (buyer, provider) THEN
        RAISE EXCEPTION 'only the parties of an order talk about it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
