DROP TRIGGER listing_of_standing ON catalog_listing;
DROP TRIGGER listing_resumed_of_standing ON catalog_listing;
