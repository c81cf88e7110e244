-- Whether the terms of a demand have the shape that matching reads: one to five options, each with
-- units, a length and a start, and each with a price limit unless the market price was accepted.
CREATE FUNCTION demands_terms_are_sound(terms jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    option jsonb;
    is_limited boolean;
BEGIN
    IF jsonb_typeof(terms) IS DISTINCT FROM 'object'
        OR jsonb_typeof(terms -> 'options') IS DISTINCT FROM 'array'
        OR jsonb_typeof(terms -> 'at_market_price') IS DISTINCT FROM 'boolean'
    THEN
        RETURN false;
    END IF;
    IF jsonb_array_length(terms -> 'options') NOT BETWEEN 1 AND 5 THEN
        RETURN false;
    END IF;
    FOR option IN SELECT jsonb_array_elements(terms -> 'options') LOOP
        IF jsonb_typeof(option) <> 'object'
            OR jsonb_typeof(option -> 'need') IS DISTINCT FROM 'object'
            OR (option -> 'need' ->> 'resource_class') IS NULL
            OR (option ->> 'starts_at') IS NULL
            OR coalesce(option ->> 'units_milli', '') !~ '^[0-9]{1,10}$'
            OR coalesce(option ->> 'seconds', '') !~ '^[0-9]{1,8}$'
        THEN
            RETURN false;
        END IF;
        IF (option ->> 'units_milli')::bigint NOT BETWEEN 1 AND 1000000000
            OR (option ->> 'seconds')::bigint NOT BETWEEN 1 AND 31622400
            OR coalesce((option ->> 'least_milli')::bigint, 1)
                NOT BETWEEN 1 AND (option ->> 'units_milli')::bigint
        THEN
            RETURN false;
        END IF;
        is_limited := num_nonnulls(
            option -> 'limit' ->> 'max_price_per_standard_hour_minor',
            option -> 'limit' ->> 'max_price_per_unit_hour_minor',
            option -> 'limit' ->> 'max_amount_minor'
        ) > 0;
        IF is_limited = (terms ->> 'at_market_price')::boolean THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;
