-- What was said of price groups stays.
CREATE TRIGGER price_group_keeps BEFORE INSERT OR UPDATE ON pricing_pricegroupentry
    FOR EACH ROW EXECUTE FUNCTION pricing_group_keeps();
CREATE TRIGGER price_group_stays BEFORE DELETE ON pricing_pricegroupentry
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER price_groups_stay BEFORE TRUNCATE ON pricing_pricegroupentry
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON pricing_pricegroupentry FROM suanpan_app;
