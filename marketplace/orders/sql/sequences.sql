CREATE SEQUENCE orders_order_number;
CREATE SEQUENCE orders_round_number;
