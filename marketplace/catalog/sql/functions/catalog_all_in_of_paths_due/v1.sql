-- Trigger: paths were published; what is brought over them costs something else when they begin.
CREATE FUNCTION catalog_all_in_of_paths_due() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO catalog_allindue AS had (listing_id, due_at)
    SELECT l.id, p.starts_at
    FROM (
        SELECT hub, min(starts_at) AS starts_at
        FROM (SELECT hub_a AS hub, starts_at FROM published
              UNION ALL SELECT hub_b, starts_at FROM published) AS ends
        GROUP BY hub
    ) AS p JOIN catalog_listing l ON l.hub = p.hub
    WHERE l.state <> 'CLOSED'
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at);
    RETURN NULL;
END $$;
