DROP TRIGGER cancelled_gives_back ON orders_order;
DROP TRIGGER order_names_its_project ON orders_order;
DROP TRIGGER order_keeps_its_project ON orders_order;
