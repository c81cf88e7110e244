-- Trigger: what is given away is priced at nothing whatever is used, and the donor is named as the
-- rule that the listing bears says; another rule is another listing's.
CREATE FUNCTION catalog_community_is_free() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    naming text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.community_rule_id IS DISTINCT FROM NEW.community_rule_id THEN
        RAISE EXCEPTION 'a listing is of the community, or not, for good'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.community_rule_id IS NULL THEN
        RETURN NEW;
    END IF;
    PERFORM FROM pricing_rateplanversion v
    WHERE v.id = NEW.plan_version_id AND v.terms IS NULL AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(v.components) AS part,
            jsonb_array_elements(part -> 'tiers') AS tier
        WHERE part ->> 'unit' <> 'unit_hour' OR (tier ->> 'unit_price')::numeric <> 0);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'community capacity is priced at nothing, by the unit-hour'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    END IF;
    SELECT donor INTO naming FROM catalog_communityrule WHERE version = NEW.community_rule_id;
    IF naming <> 'CHOICE' AND NEW.is_donor_named <> (naming = 'NAMED') THEN
        RAISE EXCEPTION 'the rule says whether the donor is named'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
