-- Whose quota an order takes from is said once, by the database; the quota is kept to after the rows
-- are there, so that it is asked of what came, and orders placed together count each other.
CREATE TRIGGER order_has_its_community_month BEFORE INSERT ON orders_order
    FOR EACH ROW WHEN (NEW.wanted_listing_id IS NOT NULL OR NEW.community_month IS NOT NULL)
    EXECUTE FUNCTION orders_community_month();
CREATE TRIGGER order_keeps_its_community_month BEFORE UPDATE OF community_month ON orders_order
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER order_keeps_to_its_quota AFTER INSERT ON orders_order
    FOR EACH ROW WHEN (NEW.community_month IS NOT NULL)
    EXECUTE FUNCTION orders_community_quota();
