-- Whether the lines of a price are lines, and add up to it. Clearing, charging and every page read
-- them as they stand.
CREATE FUNCTION orders_lines_are_sound(lines jsonb, gross bigint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    line jsonb;
    total numeric := 0;
BEGIN
    IF jsonb_typeof(lines) <> 'array' THEN
        RETURN false;
    END IF;
    IF jsonb_array_length(lines) NOT BETWEEN 1 AND 512 THEN
        RETURN false;
    END IF;
    FOR line IN SELECT jsonb_array_elements(lines) LOOP
        IF jsonb_typeof(line) <> 'object'
            OR jsonb_typeof(line -> 'component') IS DISTINCT FROM 'string'
            OR (line ->> 'unit') IS NULL
            OR (line ->> 'unit') NOT IN (
                'standard_hour', 'unit_hour', 'ktoken', 'gb_month', 'gb_moved', 'period',
                'mtoken_in', 'mtoken_out', 'mtoken_cached')
            OR jsonb_typeof(line -> 'quantity') IS DISTINCT FROM 'string'
            OR (line ->> 'quantity') !~ '^[0-9]{1,19}(\.[0-9]{1,12})?$'
            OR jsonb_typeof(line -> 'unit_price') IS DISTINCT FROM 'string'
            OR (line ->> 'unit_price') !~ '^[0-9]{1,10}(\.[0-9]{1,6})?$'
            OR jsonb_typeof(line -> 'amount_minor') IS DISTINCT FROM 'number'
            OR (line ->> 'amount_minor') !~ '^[0-9]{1,18}$'
        THEN
            RETURN false;
        END IF;
        total := total + (line ->> 'amount_minor')::numeric;
    END LOOP;
    RETURN total = gross AND gross IS NOT NULL;
END $$;
