DROP TRIGGER order_keeps_to_its_quota ON orders_order;
DROP TRIGGER order_keeps_its_community_month ON orders_order;
DROP TRIGGER order_has_its_community_month ON orders_order;
