-- Trigger: listings obey the grants above their resources at once. What is below a grant that does
-- not hold takes no orders; when it holds again, and every other does, what stopped for it opens.
CREATE FUNCTION catalog_listings_obey_grants() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.state <> 'ACTIVE' THEN
        UPDATE catalog_listing l SET state = 'PAUSED', stopped_code = 'resource_suspended'
        FROM identity_computeresource r
        WHERE r.id = l.resource_id AND l.state = 'OPEN'
          AND starts_with(r.identifier, NEW.prefix || '-');
        RETURN NULL;
    END IF;
    UPDATE catalog_listing l
    SET stopped_code = '',
        state = CASE WHEN cardinality(identity_suspended(ARRAY[l.provider_id])) > 0
                THEN l.state ELSE 'OPEN' END,
        opens_when_reinstated = cardinality(identity_suspended(ARRAY[l.provider_id])) > 0
    FROM identity_computeresource r
    WHERE r.id = l.resource_id AND l.state = 'PAUSED' AND l.stopped_code = 'resource_suspended'
      AND starts_with(r.identifier, NEW.prefix || '-') AND r.status = 'ACTIVE'
      AND r.verification_level >= l.verification_level AND l.review_code = ''
      AND NOT EXISTS (
          SELECT FROM identity_grant g WHERE g.is_current AND g.state <> 'ACTIVE'
          AND starts_with(r.identifier, g.prefix || '-')
      );
    RETURN NULL;
END $$;
