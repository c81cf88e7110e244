-- Who is suspended neither applies for a voucher nor gets one.
CREATE TRIGGER application_of_standing AFTER INSERT ON vouchers_application
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION identity_require_standing('applicant_id');
CREATE TRIGGER voucher_of_standing AFTER INSERT ON vouchers_voucher
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION identity_require_standing('holder_id');
