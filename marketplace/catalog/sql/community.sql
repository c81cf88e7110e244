-- The first version of the rule: everyone, and as much as a small project takes in a month.
INSERT INTO catalog_communityrule
    (version, starts_at, zone, industries, card_hours, vcpu_hours, node_hours, donor)
VALUES (1, '2026-01-01 00:00+08', 'Asia/Shanghai', '{}', 200, 10000, 100, 'CHOICE');

-- A version is never changed, and comes with a release alone.
REVOKE INSERT, UPDATE, DELETE ON catalog_communityrule FROM suanpan_app;
CREATE TRIGGER community_rule_stays BEFORE UPDATE OR DELETE ON catalog_communityrule
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER community_rules_stay BEFORE TRUNCATE ON catalog_communityrule
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER listing_community_is_free
    BEFORE INSERT OR UPDATE OF community_rule_id, plan_version_id, is_donor_named
    ON catalog_listing
    FOR EACH ROW EXECUTE FUNCTION catalog_community_is_free();
