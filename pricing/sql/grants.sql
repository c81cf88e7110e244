-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON pricing_rateplan, pricing_rateplanversion FROM suanpan_app;
REVOKE UPDATE, DELETE ON pricing_quote FROM suanpan_app;
