DROP TRIGGER listing_all_in_beside_due ON catalog_listing;
DROP TRIGGER beside_all_in_due ON catalog_besidelisting;
DROP TRIGGER beside_leaves ON catalog_listing;
DROP TRIGGER beside_fits ON catalog_besidelisting;
