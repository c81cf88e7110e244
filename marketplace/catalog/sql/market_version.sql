-- How often listings changed.

CREATE SEQUENCE catalog_market_version;
REVOKE ALL ON SEQUENCE catalog_market_version FROM suanpan_app;
GRANT SELECT ON SEQUENCE catalog_market_version TO suanpan_app;
