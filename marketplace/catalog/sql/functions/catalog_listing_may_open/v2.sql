-- Trigger: nothing is on sale whose resource is not active, or is verified below the promise, or
-- lies below a grant that does not hold: a new listing is refused, one that would open again stays
-- off the market until its resource may be sold.
-- The resource is held meanwhile, so that it is not suspended in the same moment unseen.
CREATE FUNCTION catalog_listing_may_open() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM identity_computeresource r
    WHERE r.id = NEW.resource_id AND r.status = 'ACTIVE'
      AND r.verification_level >= NEW.verification_level
      AND NOT EXISTS (
          SELECT FROM identity_grant g WHERE g.is_current AND g.state <> 'ACTIVE'
          AND starts_with(r.identifier, g.prefix || '-')
      )
    FOR SHARE OF r;
    IF NOT FOUND AND TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'the resource of listing % cannot be sold now', NEW.id
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    ELSIF NOT FOUND THEN
        NEW.state := 'PAUSED';
        NEW.stopped_code := 'resource_suspended';
    END IF;
    RETURN NEW;
END $$;
