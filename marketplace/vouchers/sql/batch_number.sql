CREATE SEQUENCE vouchers_batch_number;
GRANT USAGE ON vouchers_batch_number TO suanpan_app;
