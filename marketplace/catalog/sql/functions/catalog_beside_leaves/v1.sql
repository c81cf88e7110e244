-- Trigger: a listing that goes over to another plan stands beside nothing, and nothing beside it.
CREATE FUNCTION catalog_beside_leaves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM catalog_besidelisting
    WHERE (listing_id = NEW.id OR beside_id = NEW.id) AND NOT EXISTS (
        SELECT FROM pricing_rateplanversion had
        JOIN pricing_rateplanversion has ON has.plan_id = had.plan_id
        WHERE had.id = OLD.plan_version_id AND has.id = NEW.plan_version_id);
    RETURN NULL;
END $$;
