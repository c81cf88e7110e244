-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON orders_importedrow, orders_importrun, orders_order,
    orders_ordercover FROM suanpan_app;
REVOKE UPDATE, DELETE ON orders_clearinground, orders_deposit, orders_orderevent FROM suanpan_app;
