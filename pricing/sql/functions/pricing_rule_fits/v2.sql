-- Whether a rating rule rates what a version of a plan says: components by `rate-1`, terms by `rate-2`,
-- by `rate-3` where tokens have a price by kind, by `rate-4` where prices are of several things. See
-- pricing/rules.py.
CREATE FUNCTION pricing_rule_fits(rating_rule text, components jsonb, terms jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN jsonb_typeof(components) IS DISTINCT FROM 'array' THEN false
        WHEN EXISTS (
            SELECT FROM jsonb_array_elements(components) part
            WHERE part ->> 'unit' IN ('mtoken_in', 'mtoken_out', 'mtoken_cached'))
        THEN rating_rule = 'rate-3' AND terms IS NOT NULL
        WHEN jsonb_path_exists(terms, '$.components[*].sold_as') THEN rating_rule = 'rate-4'
        WHEN terms IS NULL THEN rating_rule NOT IN ('rate-2', 'rate-3', 'rate-4')
        ELSE rating_rule = 'rate-2' END
$$;
