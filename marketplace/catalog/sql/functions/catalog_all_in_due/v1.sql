-- Trigger: what decides a listing's all-in price changed, so it is due to be computed anew.
CREATE FUNCTION catalog_all_in_due() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO catalog_allindue AS had (listing_id, due_at) VALUES (NEW.id, clock_timestamp())
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at);
    RETURN NULL;
END $$;
