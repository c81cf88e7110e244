-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON payments_movement, payments_paymentsource FROM suanpan_app;
