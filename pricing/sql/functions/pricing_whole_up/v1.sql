-- The least whole number that is not smaller than a fraction of positive denominator.
CREATE FUNCTION pricing_whole_up(numerator numeric, denominator numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$
    SELECT CASE WHEN numerator <= 0 THEN 0
        ELSE div(numerator, denominator) + (mod(numerator, denominator) > 0)::integer END
$$;
