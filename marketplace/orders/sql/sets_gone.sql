DROP TRIGGER order_set_stands ON orders_order;
DROP TRIGGER order_keeps_its_set ON orders_order;
