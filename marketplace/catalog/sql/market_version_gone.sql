DROP SEQUENCE catalog_market_version;
