-- Whether a price is what the terms of a plan under `rate-3` say about so many units from one moment
-- to another: as `orders_terms_follow`, and tokens by kind are those that the throughput answers in
-- the shares of the order's mix.
CREATE FUNCTION orders_tokens_follow(
    terms jsonb, facts jsonb, units_milli bigint, starts_at timestamptz, ends_at timestamptz,
    factor numeric, unit_hours numeric, standard_hours numeric, lines jsonb, gross bigint,
    version_id uuid, mix jsonb, weights jsonb
) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    unit_seconds numeric := units_milli * extract(epoch FROM ends_at - starts_at) / 1000;
BEGIN
    IF unit_hours IS NULL OR (factor IS NULL) <> (standard_hours IS NULL)
        OR abs(unit_hours * 3600 - unit_seconds) > 3600 * 0.5e-12
        OR abs(standard_hours * 3600 - unit_seconds * factor) > 3600 * 0.5e-9
    THEN
        RETURN false;
    END IF;
    RETURN pricing_lines_follow_2(
        terms,
        jsonb_build_object(
            'facts', facts,
            'spread', jsonb_build_array(starts_at, ends_at),
            'quantities', jsonb_strip_nulls(jsonb_build_object(
                'unit_hour', unit_hours, 'standard_hour', standard_hours,
                'gb_month', round(unit_seconds / 2592000, 12),
                'gb_moved', unit_seconds / 8,
                'ktoken', unit_seconds / 1000))
                || pricing_tokens_by_kind(unit_seconds, mix, weights)
        ),
        lines, gross, version_id);
END $$;
