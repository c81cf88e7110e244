-- What counts is given back once, and never counted anew; the rest never changes.
CREATE TRIGGER reimbursed_keeps_facts BEFORE UPDATE ON vouchers_reimbursedamount
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('counted_minor');
CREATE TRIGGER reimbursed_is_given_back_once BEFORE UPDATE ON vouchers_reimbursedamount
    FOR EACH ROW WHEN (OLD.counted_minor = 0 AND NEW.counted_minor <> 0)
    EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE, TRUNCATE ON vouchers_reimbursedamount FROM suanpan_app;
