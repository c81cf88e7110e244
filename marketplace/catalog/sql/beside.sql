-- What the table of what stands beside listings refuses and does by itself.

REVOKE UPDATE ON catalog_besidelisting FROM suanpan_app;

CREATE TRIGGER beside_fits BEFORE INSERT OR UPDATE ON catalog_besidelisting
    FOR EACH ROW EXECUTE FUNCTION catalog_beside_fits();
CREATE TRIGGER beside_leaves AFTER UPDATE OF plan_version_id ON catalog_listing
    FOR EACH ROW WHEN (OLD.plan_version_id IS DISTINCT FROM NEW.plan_version_id)
    EXECUTE FUNCTION catalog_beside_leaves();
CREATE TRIGGER beside_all_in_due AFTER INSERT OR DELETE OR UPDATE ON catalog_besidelisting
    FOR EACH ROW EXECUTE FUNCTION catalog_all_in_beside_due();
CREATE TRIGGER listing_all_in_beside_due AFTER UPDATE OF state ON catalog_listing
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.capacity_unit = 'gbps')
    EXECUTE FUNCTION catalog_all_in_beside_due();
