-- A draft is saved again, never taken out.

REVOKE DELETE ON vouchers_programmedraft FROM suanpan_app;
