CREATE SEQUENCE catalog_listing_seq;
