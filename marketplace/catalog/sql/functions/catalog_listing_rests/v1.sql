-- Trigger: a listing comes under a plan only if the version, and each later one of its plan, names
-- the document and clause that a rule of the market demands for such listings. From version to
-- version of its plan it goes as those were published.
CREATE FUNCTION catalog_listing_rests() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    borne CONSTANT uuid := (
        SELECT plan_id FROM pricing_rateplanversion WHERE id = NEW.plan_version_id);
BEGIN
    IF TG_OP = 'UPDATE' AND EXISTS (
        SELECT FROM pricing_rateplanversion WHERE id = OLD.plan_version_id AND plan_id = borne
    ) THEN
        RETURN NEW;
    END IF;
    IF catalog_basis_demanded(NEW.book_id, NEW.community_rule_id, NEW.accepts_vouchers,
        clock_timestamp()) IS NULL THEN
        RETURN NEW;
    END IF;
    -- Who publishes a version of the plan holds it: that version is seen here, or sees this listing.
    PERFORM FROM pricing_rateplan WHERE id = borne FOR SHARE;
    PERFORM FROM pricing_rateplanversion v JOIN pricing_rateplanversion mine
        ON mine.id = NEW.plan_version_id AND v.plan_id = mine.plan_id AND v.version >= mine.version
    WHERE v.source = '' OR v.clause = '';
    IF FOUND THEN
        RAISE EXCEPTION 'the plan names no document and clause, which a rule demands'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
