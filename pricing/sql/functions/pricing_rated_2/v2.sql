-- What terms under `rate-2` say about quantities that are used evenly over a period and the first of
-- their contract: the lines in their order, each rounded up. See pricing/rate_2.py; a law compares.
CREATE FUNCTION pricing_rated_2(
    terms jsonb, facts jsonb, quantities jsonb, starts_at timestamptz, ends_at timestamptz
) RETURNS TABLE (
    code text, unit text, period text, band text, tier integer, quantity numeric,
    unit_price numeric, minor numeric
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    step constant numeric := coalesce((terms ->> 'to_minor')::numeric, 1);
    whole constant numeric := extract(epoch FROM ends_at - starts_at) * 1000000;
    cells jsonb;
BEGIN
    SELECT jsonb_agg(jsonb_build_array(c.month, c.band, c.microseconds)) INTO cells
    FROM pricing_time_cells(terms, starts_at, ends_at) c;
    RETURN QUERY
    WITH cell AS (
        SELECT said ->> 0 AS month, said ->> 1 AS band, (said ->> 2)::numeric AS microseconds
        FROM jsonb_array_elements(cells) AS said
    ), part AS (
        SELECT said.place, said.part, said.part ->> 'model' AS model, said.part ->> 'code' AS code,
               coalesce(said.part ->> 'unit', 'unit_hour') AS unit,
               coalesce(said.part ->> 'per', 'contract') AS per
        FROM jsonb_array_elements(terms -> 'components') WITH ORDINALITY AS said (part, place)
    ), counted AS (
        SELECT part.place, CASE
                   WHEN part.model = 'graduated' AND terms ->> 'counted_by' = 'buyer_year'
                   THEN 'FY' || (left(cell.month, 4)::integer - (
                       right(cell.month, 2)::integer
                           < coalesce((terms ->> 'fiscal_month')::integer, 1))::integer)
                   WHEN part.model = 'graduated' AND terms ->> 'counted_by' = 'buyer_month'
                       OR part.per = 'month'
                   THEN cell.month ELSE '' END AS period,
               CASE WHEN part.part ? 'bands' THEN cell.band ELSE '' END AS band,
               sum(cell.microseconds) AS microseconds
        FROM part, cell WHERE part.model NOT IN ('flat', 'minimum')
        GROUP BY 1, 2, 3
    ), used AS (
        -- Numerators over `whole`: exact.
        SELECT part.*, counted.period, counted.band,
               (quantities ->> part.unit)::numeric * counted.microseconds AS numerator,
               pricing_factor_of(terms, part.part, counted.band, facts) AS times
        FROM counted JOIN part USING (place)
    ), tier AS (
        SELECT part.place, t.place::integer - 1 AS tier, (t.tier ->> 'from')::numeric AS starts,
               (t.tier ->> 'unit_price')::numeric AS price,
               lead((t.tier ->> 'from')::numeric)
                   OVER (PARTITION BY part.place ORDER BY t.place) AS until
        FROM part, jsonb_array_elements(CASE part.model
            WHEN 'graduated' THEN part.part -> 'tiers' WHEN 'volume' THEN part.part -> 'tiers'
            WHEN 'prepaid' THEN jsonb_build_array(
                jsonb_build_object('from', '0', 'unit_price', '0'), jsonb_build_object(
                    'from', part.part -> 'hours', 'unit_price', part.part -> 'unit_price'))
            ELSE jsonb_build_array(jsonb_build_object(
                'from', '0', 'unit_price', part.part -> 'unit_price')) END
        ) WITH ORDINALITY AS t (tier, place)
        WHERE part.model NOT IN ('flat', 'minimum', 'package')
    ), billed AS (
        -- Graduated: what lies in each tier.
        SELECT used.place, used.code, used.unit, used.period, used.band, tier.tier, tier.tier AS at,
               greatest(least(stepped.numerator, tier.until * whole) - tier.starts * whole, 0)
                   AS numerator, whole AS denominator, tier.price, used.times
        FROM used JOIN tier USING (place), LATERAL (
            -- Tiers begin at whole steps, so the sum in whole steps is that of each tier's.
            SELECT CASE WHEN used.part ? 'increment'
                       THEN pricing_whole_up(
                           used.numerator, whole * (used.part ->> 'increment')::numeric)
                           * (used.part ->> 'increment')::numeric * whole
                       ELSE used.numerator END AS numerator
        ) stepped
        WHERE used.model IN ('graduated', 'prepaid') AND stepped.numerator > tier.starts * whole
        UNION ALL
        -- One price, in steps where the plan says so.
        SELECT used.place, used.code, used.unit, used.period, used.band, 0, 0,
               CASE WHEN used.part ? 'increment'
                   THEN pricing_whole_up(used.numerator, whole * step_of.size) * step_of.size
                   ELSE used.numerator END,
               CASE WHEN used.part ? 'increment' THEN 1 ELSE whole END, tier.price, used.times
        FROM used JOIN tier USING (place),
             LATERAL (SELECT coalesce((used.part ->> 'increment')::numeric, 1) AS size) step_of
        WHERE used.model IN ('unit', 'ready', 'reserved') AND used.numerator > 0
        UNION ALL
        SELECT used.place, used.code, used.unit, used.period, used.band, 0, best.tier,
               best.numerator, best.denominator, best.price, used.times
        FROM used, LATERAL (
            SELECT CASE WHEN used.part ? 'increment'
                       THEN pricing_whole_up(
                           used.numerator, whole * (used.part ->> 'increment')::numeric)
                           * (used.part ->> 'increment')::numeric
                       ELSE used.numerator END AS numerator,
                   CASE WHEN used.part ? 'increment' THEN 1 ELSE whole END AS denominator
        ) stepped, LATERAL (
            SELECT tier.tier, tier.price,
                   greatest(stepped.numerator, tier.starts * stepped.denominator) AS numerator,
                   stepped.denominator
            FROM tier
            WHERE tier.place = used.place
              AND (tier.until IS NULL OR stepped.numerator < tier.until * stepped.denominator)
            ORDER BY greatest(stepped.numerator, tier.starts * stepped.denominator) * tier.price,
                tier.tier
            LIMIT 1
        ) best
        WHERE used.model = 'volume' AND used.numerator > 0
        UNION ALL
        SELECT used.place, used.code, used.unit, used.period, used.band, 0, 0,
               pricing_whole_up(used.numerator, whole * (used.part ->> 'block')::numeric), 1,
               (used.part ->> 'price')::numeric, used.times
        FROM used WHERE used.model = 'package' AND used.numerator > 0
        UNION ALL
        -- What is owed for months and contracts.
        SELECT part.place, part.code, 'period', span.period, '', -1, -1, span.inside, span.long,
               (part.part ->> 'price')::numeric, pricing_factor_of(terms, part.part, '', facts)
        FROM part, LATERAL (
            SELECT '' AS period, 1::numeric AS inside, 1::numeric AS long WHERE part.per <> 'month'
            UNION ALL
            SELECT cell.month, sum(cell.microseconds), extract(epoch FROM
                (to_date(cell.month, 'YYYY-MM') + interval '1 month') AT TIME ZONE
                    (terms ->> 'zone')
                - to_date(cell.month, 'YYYY-MM')::timestamp AT TIME ZONE (terms ->> 'zone')
                ) * 1000000
            FROM cell WHERE part.per = 'month' GROUP BY cell.month
        ) span
        WHERE part.model IN ('flat', 'prepaid', 'minimum')
    ), priced AS (
        SELECT billed.*, CASE WHEN billed.numerator * billed.price * billed.times = 0 THEN 0
            -- A step that is begun counts, from its thousandth part on.
            ELSE pricing_whole_up(
                billed.numerator * billed.price * billed.times * 100000
                    - billed.denominator * step,
                billed.denominator * step * 1000) * step END AS minor
        FROM billed
    ), least AS (
        SELECT priced.*, part.model = 'minimum' AS is_least FROM priced JOIN part USING (place)
    )
    SELECT least.code, least.unit, least.period, least.band, least.at,
           least.numerator / least.denominator, least.price,
           CASE WHEN least.is_least THEN greatest(least.minor - coalesce((
               SELECT sum(other.minor) FROM least other
               WHERE NOT other.is_least AND least.period IN ('', other.period)), 0), 0)
           ELSE least.minor END
    FROM least
    ORDER BY least.place, least.period COLLATE "C", least.band COLLATE "C", least.tier;
END $$;
