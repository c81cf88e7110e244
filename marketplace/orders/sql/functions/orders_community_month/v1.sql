-- Trigger: an order of a community listing takes from its buyer's quota of the month in which it
-- starts, by the zone of the listing's rule. Imports tell of the past and take from none.
CREATE FUNCTION orders_community_month() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.community_month := (
        SELECT date_trunc('month', NEW.starts_at AT TIME ZONE r.zone)::date
        FROM catalog_listing l
        JOIN catalog_communityrule r ON r.version = l.community_rule_id
        WHERE l.id = NEW.wanted_listing_id AND NEW.import_run_id IS NULL);
    RETURN NEW;
END $$;
