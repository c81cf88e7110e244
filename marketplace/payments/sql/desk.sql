-- What the finance desk's tables refuse, and what the application never does to them.

CREATE TRIGGER line_keeps BEFORE UPDATE ON payments_bankline
    FOR EACH ROW EXECUTE FUNCTION payments_line_keeps();
CREATE TRIGGER refund_as_agreed BEFORE UPDATE OF state ON payments_movement
    FOR EACH ROW EXECUTE FUNCTION payments_refund_as_agreed();
CREATE TRIGGER difference_keeps
        BEFORE UPDATE OF key, kind, channel, reference, movement_id, ours_minor, theirs_minor, found_at
    ON payments_moneydifference
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER difference_stays_settled BEFORE UPDATE ON payments_moneydifference
    FOR EACH ROW WHEN (OLD.settled_at IS NOT NULL) EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON payments_bankline, payments_moneydifference, payments_reconciliation
    FROM suanpan_app;
