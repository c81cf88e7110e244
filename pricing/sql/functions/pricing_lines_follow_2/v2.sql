-- Whether lines are what terms under `rate-2` or `rate-3` say about a measure that is spread over its
-- time: tokens read from a cache count as read where the plan has no price for them.
CREATE FUNCTION pricing_lines_follow_2(
    terms jsonb, measure jsonb, lines jsonb, gross numeric, version_id uuid
) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT measure ? 'spread' AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(terms -> 'components') part
        WHERE part ->> 'model' NOT IN ('flat', 'minimum')
            AND NOT measure -> 'quantities' ? coalesce(part ->> 'unit', 'unit_hour')
    ) AND (
        SELECT coalesce(bool_and(coalesce(
                   given.line ->> 'component' = due.code AND given.line ->> 'unit' = due.unit
                   AND given.line ->> 'period' = due.period AND given.line ->> 'band' = due.band
                   AND abs((given.line ->> 'quantity')::numeric - due.quantity) < 1e-12
                   AND (given.line ->> 'unit_price')::numeric = due.unit_price
                   AND (given.line ->> 'amount_minor')::numeric = due.minor
                   AND given.line ->> 'plan_version_id' = version_id::text, false)
               ), false) AND sum(due.minor) = gross
        FROM pricing_rated_2(
            terms, coalesce(measure -> 'facts', '{}'),
            CASE WHEN measure -> 'quantities' ? 'mtoken_cached' AND NOT EXISTS (
                    SELECT FROM jsonb_array_elements(terms -> 'components') part
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
$$;
