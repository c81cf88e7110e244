DROP SEQUENCE orders_order_number, orders_round_number;
