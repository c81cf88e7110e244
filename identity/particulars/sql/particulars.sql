-- What organisations are called now begins the history; from here on the trigger keeps it.
INSERT INTO particulars_formername (organization_id, name, name_en, since)
    SELECT id, name, name_en, created_at FROM identity_organization;
CREATE TRIGGER name_is_kept AFTER INSERT ON identity_organization
    FOR EACH ROW EXECUTE FUNCTION particulars_keep_name();
CREATE TRIGGER changed_name_is_kept AFTER UPDATE OF name, name_en ON identity_organization
    FOR EACH ROW WHEN ((NEW.name, NEW.name_en) IS DISTINCT FROM (OLD.name, OLD.name_en))
    EXECUTE FUNCTION particulars_keep_name();
CREATE TRIGGER place_keeps BEFORE UPDATE ON particulars_place
    FOR EACH ROW EXECUTE FUNCTION particulars_place_keeps();
REVOKE INSERT, UPDATE, DELETE ON particulars_formername FROM suanpan_app;
REVOKE DELETE ON particulars_place FROM suanpan_app;
