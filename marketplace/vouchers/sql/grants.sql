-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON vouchers_application, vouchers_programme,
    vouchers_voucher FROM suanpan_app;
REVOKE UPDATE, DELETE ON vouchers_programmefunding, vouchers_programmeversion FROM suanpan_app;
