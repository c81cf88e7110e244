DROP TRIGGER market_moves ON catalog_listing;
