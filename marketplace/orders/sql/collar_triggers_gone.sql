DROP TRIGGER cleared_in_collar ON orders_order;
DROP TRIGGER placed_in_collar ON orders_order;
