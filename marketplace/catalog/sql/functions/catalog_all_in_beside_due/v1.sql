-- Trigger: what stands beside a listing decides by what price its comparison moves data, so it is due
-- to be computed anew where a listing beside it comes, goes or changes its state.
CREATE FUNCTION catalog_all_in_beside_due() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    due uuid[];
BEGIN
    IF TG_TABLE_NAME = 'catalog_listing' THEN
        due := ARRAY(SELECT b.listing_id FROM catalog_besidelisting b WHERE b.beside_id = NEW.id);
    ELSIF TG_OP = 'DELETE' THEN
        due := ARRAY[OLD.listing_id];
    ELSE
        due := ARRAY[NEW.listing_id];
    END IF;
    INSERT INTO catalog_allindue AS had (listing_id, due_at)
    SELECT listing, clock_timestamp() FROM unnest(due) AS listing
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at);
    RETURN NULL;
END $$;
