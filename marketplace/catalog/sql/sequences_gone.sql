DROP SEQUENCE catalog_listing_seq;
