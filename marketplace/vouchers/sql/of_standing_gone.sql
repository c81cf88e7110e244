DROP TRIGGER application_of_standing ON vouchers_application;
DROP TRIGGER voucher_of_standing ON vouchers_voucher;
