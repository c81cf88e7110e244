-- Whether later terms under `rate-2` may cost somebody more, their tiers aside: those are components,
-- which are compared as all components are. Who had no times of use may get some. See pricing/worsening.py.
CREATE FUNCTION pricing_terms_are_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH part AS (
        SELECT version.is_old, part ->> 'code' AS code, part
        FROM (VALUES (true, before), (false, after)) version (is_old, terms),
            jsonb_array_elements(version.terms -> 'components') part
    ), pair AS (
        SELECT o.part AS old, n.part AS new
        FROM (SELECT * FROM part WHERE is_old) o
        FULL JOIN (SELECT * FROM part WHERE NOT is_old) n USING (code)
    ), band AS (
        SELECT band FROM unnest(ARRAY['sharp', 'peak', 'flat', 'valley', 'deep']) AS band
    ), told AS (
        SELECT version.is_old, kind.key AS kind, kind.value AS said
        FROM (VALUES (true, before), (false, after)) version (is_old, terms),
            jsonb_each(coalesce(version.terms -> 'factors', '{}')) kind
    ), tables AS (
        SELECT o.said AS old, n.said AS new
        FROM (SELECT * FROM told WHERE is_old) o
        FULL JOIN (SELECT * FROM told WHERE NOT is_old) n USING (kind)
    )
    SELECT jsonb_typeof(before) = 'object' AND jsonb_typeof(after) = 'object' AND (
        before - ARRAY['components', 'factors', 'to_minor', 'early_end'] - times.left_out
            <> after - ARRAY['components', 'factors', 'to_minor', 'early_end'] - times.left_out
        OR pricing_ends_worse(before -> 'early_end', after -> 'early_end')
        OR coalesce((after ->> 'to_minor')::integer, 1) > coalesce((before ->> 'to_minor')::integer, 1)
        OR EXISTS (
            SELECT FROM pair
            WHERE old IS NULL OR new IS NULL
                OR old - ARRAY['tiers', 'unit_price', 'price', 'discount', 'bands', 'hours']
                    <> new - ARRAY['tiers', 'unit_price', 'price', 'discount', 'bands', 'hours']
                OR (new ->> 'price')::numeric > (old ->> 'price')::numeric
                OR (new ->> 'discount')::numeric < (old ->> 'discount')::numeric
                OR old ? 'bands' AND NOT new ? 'bands'
                OR new ? 'bands' AND NOT old ? 'bands' AND NOT (
                    coalesce((after ->> 'to_minor')::integer, 1) = 1
                    AND NOT new ? 'increment'
                    AND (new ->> 'model' IN ('unit', 'ready', 'reserved')
                        OR new ->> 'model' = 'graduated'
                            AND jsonb_array_length(new -> 'tiers') = 1))
                OR EXISTS (
                    SELECT FROM band
                    WHERE coalesce((new -> 'bands' ->> band)::numeric, 1)
                        > coalesce((old -> 'bands' ->> band)::numeric, 1)))
        OR EXISTS (
            SELECT FROM tables
            WHERE old IS NULL OR new IS NULL
                OR (new ->> 'otherwise')::numeric > (old ->> 'otherwise')::numeric
                OR EXISTS (
                    SELECT FROM (
                        SELECT jsonb_object_keys(old -> 'values') AS name
                        UNION SELECT jsonb_object_keys(new -> 'values')
                    ) named
                    WHERE coalesce((new -> 'values' ->> name)::numeric,
                                   (new ->> 'otherwise')::numeric)
                        > coalesce((old -> 'values' ->> name)::numeric,
                                   (old ->> 'otherwise')::numeric)))
    )
    FROM (
        SELECT CASE WHEN before ? 'bands' THEN ARRAY[]::text[]
            ELSE ARRAY['bands', 'holidays', 'workdays'] END AS left_out
    ) times
$$;
