-- Trigger: nothing begins to run while its buyer, its provider or its resource is suspended. The
-- resource is held, so that a suspension of this moment waits, and stops it then.
CREATE FUNCTION fulfilment_running_of_standing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    standing text;
BEGIN
    SELECT r.status INTO standing
    FROM fulfilment_computedelivery d
    JOIN orders_order o ON o.id = d.order_id
    JOIN catalog_listing l ON l.id = o.listing_id
    JOIN identity_computeresource r ON r.id = l.resource_id
    WHERE d.id = NEW.delivery_id
    FOR SHARE OF r;
    IF standing = 'SUSPENDED'
       OR cardinality(identity_suspended(ARRAY[NEW.buyer_id, NEW.provider_id])) > 0 THEN
        RAISE EXCEPTION 'nothing begins to run while a party or the resource is suspended'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
