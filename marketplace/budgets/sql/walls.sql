-- What orders took stands; of it nothing changes but what they give back.
CREATE TRIGGER take_counts AFTER INSERT OR UPDATE OF returned_minor ON budgets_captake
    FOR EACH ROW EXECUTE FUNCTION budgets_count();
CREATE TRIGGER take_stays
    BEFORE UPDATE OF use_id, cap_id, organization_id, order_id, part, amount_minor
    ON budgets_captake FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER takes_stay BEFORE DELETE OR TRUNCATE ON budgets_captake
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
-- A cap bounds whom it was set for; only its amounts and its end change.
CREATE TRIGGER cap_keeps_its_subject
    BEFORE UPDATE OF organization_id, scope, project_id, person_id, period
    ON budgets_cap FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER caps_stay BEFORE DELETE OR TRUNCATE ON budgets_cap
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER uses_stay BEFORE DELETE OR TRUNCATE ON budgets_capuse
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON budgets_cap, budgets_capuse, budgets_captake, budgets_capstop FROM suanpan_app;
