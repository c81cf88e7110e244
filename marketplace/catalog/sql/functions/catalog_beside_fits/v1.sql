-- Trigger: what stands beside a listing of compute is storage or a network of the same provider, in
-- the same region, under the same plan.
CREATE FUNCTION catalog_beside_fits() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM catalog_listing l
    JOIN catalog_listing b ON b.id = NEW.beside_id
    JOIN pricing_rateplanversion lp ON lp.id = l.plan_version_id
    JOIN pricing_rateplanversion bp ON bp.id = b.plan_version_id
    WHERE l.id = NEW.listing_id AND l.provider_id = NEW.provider_id
      AND b.provider_id = NEW.provider_id AND l.region = b.region AND lp.plan_id = bp.plan_id
      AND l.capacity_unit IN ('card', 'vcpu', 'node')
      AND b.capacity_unit = CASE NEW.sold_as WHEN 'storage' THEN 'gb' ELSE 'gbps' END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'what stands beside a listing is of its provider, region and plan'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = 'catalog_besidelisting';
    END IF;
    RETURN NEW;
END $$;
