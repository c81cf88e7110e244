-- What is allotted stays allotted: codes are never given twice, and counts follow the register.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON identity_resourceevent FROM suanpan_app;
REVOKE UPDATE, DELETE, TRUNCATE ON identity_pool FROM suanpan_app;
REVOKE UPDATE, DELETE, TRUNCATE ON identity_ownercode FROM suanpan_app;
CREATE TRIGGER pool_stays BEFORE DELETE OR TRUNCATE ON identity_pool
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER owner_code_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_ownercode
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_resourceevent
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER counted_in_its_pool AFTER INSERT ON identity_computeresource
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION identity_count_in_pool();
CREATE TRIGGER status_is_noted AFTER UPDATE OF status ON identity_computeresource
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION identity_note_status();
CREATE TRIGGER allotted_by_the_market BEFORE INSERT ON identity_pool
    FOR EACH ROW WHEN (suanpan_tenant() <> '*') EXECUTE FUNCTION suanpan_refuse_change();
