-- Whether the components of a plan have the form that rating reads: codes that occur once, known
-- units, tiers that start at nothing and rise, prices that are not negative, numbers as text.
CREATE FUNCTION pricing_components_are_sound(components jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    component jsonb;
    tier jsonb;
    codes text[] := '{}';
    border numeric;
BEGIN
    IF jsonb_typeof(components) <> 'array' THEN
        RETURN false;
    END IF;
    IF jsonb_array_length(components) NOT BETWEEN 1 AND 16 THEN
        RETURN false;
    END IF;
    FOR component IN SELECT jsonb_array_elements(components) LOOP
        IF jsonb_typeof(component) <> 'object'
            OR jsonb_typeof(component -> 'code') IS DISTINCT FROM 'string'
            OR (component ->> 'code') !~ '^[a-z][a-z0-9-]{0,39}$'
            OR (component ->> 'code') = ANY (codes)
            OR (component ->> 'unit') IS NULL
            OR (component ->> 'unit') NOT IN (
                'standard_hour', 'unit_hour', 'ktoken', 'gb_month', 'gb_moved',
                'mtoken_in', 'mtoken_out', 'mtoken_cached')
            OR jsonb_typeof(component -> 'tiers') IS DISTINCT FROM 'array'
        THEN
            RETURN false;
        END IF;
        IF jsonb_array_length(component -> 'tiers') NOT BETWEEN 1 AND 32 THEN
            RETURN false;
        END IF;
        codes := codes || (component ->> 'code');
        border := NULL;
        FOR tier IN SELECT jsonb_array_elements(component -> 'tiers') LOOP
            IF jsonb_typeof(tier) <> 'object'
                OR jsonb_typeof(tier -> 'from') IS DISTINCT FROM 'string'
                OR (tier ->> 'from') !~ '^[0-9]{1,16}(\.[0-9]{1,6})?$'
                OR jsonb_typeof(tier -> 'unit_price') IS DISTINCT FROM 'string'
                OR (tier ->> 'unit_price') !~ '^[0-9]{1,7}(\.[0-9]{1,6})?$'
            THEN
                RETURN false;
            END IF;
            IF (border IS NULL AND (tier ->> 'from')::numeric <> 0)
                OR (tier ->> 'from')::numeric <= border
                OR (tier ->> 'unit_price')::numeric > 1000000
            THEN
                RETURN false;
            END IF;
            border := (tier ->> 'from')::numeric;
        END LOOP;
    END LOOP;
    RETURN true;
END $$;
