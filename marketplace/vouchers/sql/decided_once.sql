-- Who decided, and on whose review, stays while an application stands where they left it.
CREATE TRIGGER application_is_decided_once BEFORE UPDATE ON vouchers_application
    FOR EACH ROW WHEN (
        OLD.decided_by_id IS NOT NULL AND (OLD.state = NEW.state OR NEW.state = 'ISSUED')
        AND (OLD.reviewed_by_id, OLD.decided_by_id, OLD.decided_by_organization_id, OLD.decided_at)
        IS DISTINCT FROM
        (NEW.reviewed_by_id, NEW.decided_by_id, NEW.decided_by_organization_id, NEW.decided_at)
    )
    EXECUTE FUNCTION vouchers_decide_once();
