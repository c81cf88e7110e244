-- Trigger: a listing obeys its resource at once. What is suspended, or verified below what the
-- listing promises, takes no orders until that is over; what is withdrawn is closed for good. What
-- a rule took off the market for its service level comes back by that rule alone.
CREATE FUNCTION catalog_listings_obey() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.status = 'WITHDRAWN' THEN
        UPDATE catalog_listing
        SET state = 'CLOSED', closed_at = clock_timestamp(), stopped_code = 'resource_withdrawn'
        WHERE resource_id = NEW.id AND state <> 'CLOSED';
        RETURN NULL;
    END IF;
    UPDATE catalog_listing
    SET state = 'PAUSED',
        stopped_code = CASE WHEN NEW.status <> 'ACTIVE' THEN 'resource_suspended'
                       ELSE 'below_promise' END
    WHERE resource_id = NEW.id AND state = 'OPEN'
      AND (NEW.status <> 'ACTIVE' OR NEW.verification_level < verification_level);
    IF NEW.status = 'ACTIVE' THEN
        -- A suspended provider has nothing on sale; what would open here opens when it may sell.
        UPDATE catalog_listing
        SET stopped_code = '',
            state = CASE WHEN cardinality(identity_suspended(ARRAY[provider_id])) > 0
                    THEN state ELSE 'OPEN' END,
            opens_when_reinstated = cardinality(identity_suspended(ARRAY[provider_id])) > 0
        WHERE resource_id = NEW.id AND state = 'PAUSED' AND stopped_code NOT IN ('', 'service_level')
          AND NEW.verification_level >= verification_level AND review_code = '';
    END IF;
    RETURN NULL;
END $$;
