-- The first version of the rule. Versions of plans that were published before it stay as they are,
-- with what is listed under them.
INSERT INTO catalog_basisrule (name, starts_at, grounds)
VALUES ('basis-1', '2026-11-01 00:00+08', '{COMMUNITY,COLLAR}');

-- A version is never changed, and comes with a release alone.
REVOKE INSERT, UPDATE, DELETE ON catalog_basisrule FROM suanpan_app;
CREATE TRIGGER basis_rule_stays BEFORE UPDATE OR DELETE ON catalog_basisrule
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER basis_rules_stay BEFORE TRUNCATE ON catalog_basisrule
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER listing_price_rests_on_a_document
    BEFORE INSERT OR UPDATE OF plan_version_id ON catalog_listing
    FOR EACH ROW EXECUTE FUNCTION catalog_listing_rests();
CREATE TRIGGER version_rests_on_a_document BEFORE INSERT ON pricing_rateplanversion
    FOR EACH ROW EXECUTE FUNCTION catalog_version_rests();
