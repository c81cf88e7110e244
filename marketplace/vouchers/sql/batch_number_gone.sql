DROP SEQUENCE vouchers_batch_number;
