-- Listings of plans with prepaid hours show each hour at its share of what all of them cost, those
-- too that were listed when it showed as nothing.
UPDATE catalog_listing AS l SET
    headline_price = CASE l.headline_unit
        WHEN 'standard_hour' THEN shown.by_standard WHEN 'unit_hour' THEN shown.by_unit
        ELSE l.headline_price END,
    price_per_standard_hour = coalesce(shown.by_standard,
        round(shown.by_unit / l.standard_factor, 6)),
    price_per_unit_hour = coalesce(shown.by_unit,
        round(shown.by_standard * l.standard_factor, 6))
FROM (
    SELECT v.id,
        round(sum(part.price) FILTER (WHERE part.unit = 'standard_hour'), 6) AS by_standard,
        round(sum(part.price) FILTER (WHERE part.unit = 'unit_hour'), 6) AS by_unit
    FROM pricing_rateplanversion v CROSS JOIN LATERAL (
        SELECT said ->> 'unit', (said -> 'tiers' -> 0 ->> 'unit_price')::numeric
        FROM jsonb_array_elements(v.components) AS said
        UNION ALL
        SELECT said ->> 'unit', (said ->> 'price')::numeric / (said ->> 'hours')::numeric
        FROM jsonb_array_elements(v.terms -> 'components') AS said
        WHERE said ->> 'model' = 'prepaid'
    ) AS part (unit, price)
    WHERE v.terms @> '{"components": [{"model": "prepaid"}]}'
    GROUP BY v.id
) AS shown
WHERE shown.id = l.plan_version_id AND l.state IN ('OPEN', 'PAUSED');
