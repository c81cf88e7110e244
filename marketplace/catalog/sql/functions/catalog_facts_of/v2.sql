-- What plans with factors may ask of a listing's resource; see marketplace/catalog/price_facts.py.
CREATE FUNCTION catalog_facts_of(listing uuid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'class', l.resource_class, 'quality', l.verification_level::text,
               'region', left(l.region, 2))
           || CASE WHEN l.pue IS NULL THEN '{}'
              ELSE jsonb_build_object('energy', round(ceil(l.pue * 10) / 10, 1)::text) END
           || CASE l.capacity_unit WHEN 'gb' THEN jsonb_build_object('sold_as', 'storage')
              WHEN 'gbps' THEN jsonb_build_object('sold_as', 'network') ELSE '{}' END
    FROM catalog_listing l WHERE l.id = listing
$$;
