-- In which price group of a provider a buyer is at a moment, and by which entry: the one about the
-- project comes before the one about the organisation, and that before the one about all who are
-- related to the provider.
CREATE FUNCTION pricing_group_of(
    provider uuid, buyer uuid, project text, is_related boolean, moment timestamptz
) RETURNS TABLE (entry uuid, name text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.id, e.price_group
    FROM pricing_pricegroupentry e
    WHERE e.provider_id = provider AND (e.buyer_id = buyer OR e.buyer_id IS NULL AND is_related)
        AND e.project_code IN ('', project)
        AND e.starts_at <= moment AND (e.ends_at IS NULL OR e.ends_at > moment)
    ORDER BY e.project_code DESC, e.buyer_id IS NULL
    LIMIT 1
$$;
