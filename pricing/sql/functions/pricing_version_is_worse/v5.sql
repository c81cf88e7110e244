-- Whether a plan's later version may cost somebody more; see pricing/worsening.py. Prices without
-- the form that rating reads are not judged: the constraint of the table names what is wrong. Of
-- terms under `rate-2` the calendar and what is counted must stay, and each figure may only fall;
-- components may become terms whose times and factors only lower them.
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
        before -> 'asset' IS DISTINCT FROM after -> 'asset'
        OR before -> 'rating_rule' IS DISTINCT FROM after -> 'rating_rule' AND NOT coalesce(
            before ->> 'rating_rule' = 'rate-1' AND after ->> 'rating_rule' = 'rate-2'
            AND jsonb_typeof(after -> 'terms') = 'object'
            AND coalesce(after #>> '{terms,counted_by}', 'contract') = 'contract'
            AND coalesce(after #>> '{terms,to_minor}', '1') = '1'
            AND NOT pricing_ends_worse(NULL, after #> '{terms,early_end}')
            AND NOT EXISTS (
                SELECT FROM jsonb_array_elements(after #> '{terms,components}') said
                WHERE said ->> 'model' NOT IN ('unit', 'graduated')
                    OR said ? 'increment'
                    OR coalesce(said ->> 'per', 'contract') <> 'contract'
                    OR said ? 'bands' AND coalesce(jsonb_array_length(said -> 'tiers'), 1) > 1
                    OR EXISTS (
                        SELECT FROM jsonb_each_text(coalesce(said -> 'bands', '{}')) band
                        WHERE band.value::numeric > 1))
            AND NOT EXISTS (
                SELECT FROM jsonb_each(coalesce(after #> '{terms,factors}', '{}')) kind
                WHERE (kind.value ->> 'otherwise')::numeric > 1
                    OR EXISTS (
                        SELECT FROM jsonb_each_text(kind.value -> 'values') named
                        WHERE named.value::numeric > 1)), false)
        OR coalesce(pricing_terms_are_worse(before -> 'terms', after -> 'terms'), false)
        OR EXISTS (SELECT FROM part GROUP BY code, unit HAVING count(*) < 2)
        OR EXISTS (
            SELECT FROM tier o JOIN tier n USING (code, unit)
            WHERE o.is_old AND NOT n.is_old AND n.price > o.price
                AND o.starts < n.ends AND n.starts < o.ends
        )
    )
$$;
