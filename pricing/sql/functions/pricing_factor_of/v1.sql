-- By what the prices of a component are multiplied in a band, given some facts; see
-- pricing/rate_2.py.
CREATE FUNCTION pricing_factor_of(terms jsonb, part jsonb, band text, facts jsonb) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    times numeric := 1;
    kind text;
BEGIN
    IF band <> '' THEN
        times := times * coalesce((part -> 'bands' ->> band)::numeric, 1);
    END IF;
    times := times * (1 - coalesce((part ->> 'discount')::numeric, 0));
    FOR kind IN SELECT jsonb_array_elements_text(coalesce(part -> 'factors', '[]')) LOOP
        times := times * coalesce(
            (terms -> 'factors' -> kind -> 'values' ->> coalesce(facts ->> kind, ''))::numeric,
            (terms -> 'factors' -> kind ->> 'otherwise')::numeric);
    END LOOP;
    RETURN times;
END $$;
