-- Listings changed: counts of the market that were made before are made anew. A sequence, because
-- nobody must wait for it; that it moves before the change is committed costs a count its seconds.
CREATE FUNCTION catalog_market_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM nextval('catalog_market_version');
    RETURN NULL;
END $$;
