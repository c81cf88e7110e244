-- Trigger: a member takes no more community capacity in a month than the rule of the listing gives,
-- and only whom the rule admits takes any.
CREATE FUNCTION orders_community_quota() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    said record;
BEGIN
    SELECT l.capacity_unit, r.industries, b.industry,
           CASE l.capacity_unit WHEN 'card' THEN r.card_hours WHEN 'vcpu' THEN r.vcpu_hours
               ELSE r.node_hours END AS hours
    INTO said
    FROM catalog_listing l
    JOIN catalog_communityrule r ON r.version = l.community_rule_id
    JOIN identity_organization b ON b.id = NEW.buyer_id
    WHERE l.id = NEW.wanted_listing_id;
    IF cardinality(said.industries) > 0 AND NOT EXISTS (
        SELECT FROM unnest(said.industries) AS code WHERE starts_with(said.industry, code))
    THEN
        RAISE EXCEPTION 'order %: its buyer is not whom the listing is given to', NEW.number
            USING ERRCODE = '23514', CONSTRAINT = 'community_not_for_you';
    END IF;
    IF orders_community_used(NEW.buyer_id, NEW.community_month, said.capacity_unit)
        > said.hours::numeric * 3600000
    THEN
        RAISE EXCEPTION 'order %: its buyer has used its community capacity up', NEW.number
            USING ERRCODE = '23514', CONSTRAINT = 'community_quota_used';
    END IF;
    RETURN NULL;
END $$;
