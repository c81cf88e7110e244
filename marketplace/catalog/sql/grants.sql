-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON catalog_book, catalog_capacityentry, catalog_listing FROM suanpan_app;
