-- Whether lines are what terms under `rate-2` or a later rule say about a measure that is spread over
-- its time: tokens read from a cache count as read where the plan has no price for them, and of prices
-- of several things (`rate-4`) those count that are of what the measure says is sold.
CREATE FUNCTION pricing_lines_follow_2(
    terms jsonb, measure jsonb, lines jsonb, gross numeric, version_id uuid
) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH what AS (
        SELECT CASE WHEN jsonb_path_exists(terms, '$.components[*].sold_as')
            THEN coalesce(measure -> 'facts' ->> 'sold_as', 'compute') END AS sold_as
    ), told AS (
        SELECT what.sold_as, CASE WHEN what.sold_as IS NULL THEN terms ELSE jsonb_set(
            terms, '{components}', (
                SELECT coalesce(jsonb_agg(part ORDER BY place), '[]')
                FROM jsonb_array_elements(terms -> 'components') WITH ORDINALITY AS c (part, place)
                WHERE part ->> 'sold_as' = what.sold_as)) END AS terms
        FROM what
    )
    SELECT measure ? 'spread' AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(told.terms -> 'components') part
        WHERE part ->> 'model' NOT IN ('flat', 'minimum')
            AND NOT measure -> 'quantities' ? coalesce(part ->> 'unit', 'unit_hour')
    ) AND (
        SELECT coalesce(bool_and(coalesce(
                   given.line ->> 'component' = due.code AND given.line ->> 'unit' = due.unit
                   AND given.line ->> 'period' = due.period AND given.line ->> 'band' = due.band
                   AND abs((given.line ->> 'quantity')::numeric - due.quantity) < 1e-12
                   AND (given.line ->> 'unit_price')::numeric = due.unit_price
                   AND (given.line ->> 'amount_minor')::numeric = due.minor
                   AND given.line ->> 'sold_as' IS NOT DISTINCT FROM told.sold_as
                   AND given.line ->> 'plan_version_id' = version_id::text, false)
               ), false) AND sum(due.minor) = gross
        FROM pricing_rated_2(
            told.terms, coalesce(measure -> 'facts', '{}'),
            CASE WHEN measure -> 'quantities' ? 'mtoken_cached' AND NOT EXISTS (
                    SELECT FROM jsonb_array_elements(told.terms -> 'components') part
                    WHERE part ->> 'unit' = 'mtoken_cached')
                THEN (measure -> 'quantities') || jsonb_build_object('mtoken_in',
                    coalesce((measure -> 'quantities' ->> 'mtoken_in')::numeric, 0)
                        + (measure -> 'quantities' ->> 'mtoken_cached')::numeric)
                ELSE measure -> 'quantities' END,
            (measure -> 'spread' ->> 0)::timestamptz, (measure -> 'spread' ->> 1)::timestamptz
        ) WITH ORDINALITY AS due (
            code, unit, period, band, tier, quantity, unit_price, minor, place)
        FULL JOIN jsonb_array_elements(lines) WITH ORDINALITY AS given (line, place)
            ON given.place = due.place
    )
    FROM told
$$;
