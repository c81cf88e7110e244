-- Whether a plan's later version may cost somebody more; see pricing/worsening.py. Prices without
-- the form that rating reads are not judged: the constraint of the table names what is wrong. Of
-- terms under `rate-2` the calendar and what is counted must stay, and each figure may only fall.
CREATE FUNCTION pricing_version_is_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH tier AS (
        SELECT version.is_old, component ->> 'code' AS code, component ->> 'unit' AS unit,
               (tier ->> 'unit_price')::numeric AS price, (tier ->> 'from')::numeric AS starts,
               lead((tier ->> 'from')::numeric, 1, 'Infinity') OVER (
                   PARTITION BY version.is_old, component ->> 'code'
                   ORDER BY (tier ->> 'from')::numeric
               ) AS ends
        FROM (VALUES (true, before), (false, after)) version (is_old, terms),
            jsonb_array_elements(
                CASE WHEN pricing_components_are_sound(version.terms -> 'components')
                    THEN version.terms -> 'components' ELSE '[]' END
            ) component,
            jsonb_array_elements(component -> 'tiers') tier
    ), part AS (
        SELECT DISTINCT is_old, code, unit FROM tier
    )
    SELECT coalesce(pricing_components_are_sound(after -> 'components'), false) AND (
        (before -> 'asset', before -> 'rating_rule')
            IS DISTINCT FROM (after -> 'asset', after -> 'rating_rule')
        OR coalesce(pricing_terms_are_worse(before -> 'terms', after -> 'terms'), false)
        OR EXISTS (SELECT FROM part GROUP BY code, unit HAVING count(*) < 2)
        OR EXISTS (
            SELECT FROM tier o JOIN tier n USING (code, unit)
            WHERE o.is_old AND NOT n.is_old AND n.price > o.price
                AND o.starts < n.ends AND n.starts < o.ends
        )
    )
$$;
