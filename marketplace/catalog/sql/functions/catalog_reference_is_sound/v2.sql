-- Whether a reference order has the form that marketplace/catalog/all_in.py reads.
CREATE FUNCTION catalog_reference_is_sound(content jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT coalesce(
        jsonb_typeof(content) = 'object'
        AND ARRAY(SELECT jsonb_object_keys(content - 'green') ORDER BY 1)
            = ARRAY['begins', 'gb_per_standard_hour', 'hours', 'places', 'units_milli',
                    'weekday', 'zone']
        AND jsonb_typeof(content -> 'zone') = 'string'
        AND jsonb_typeof(content -> 'gb_per_standard_hour') = 'string'
        AND content ->> 'hours' ~ '^[1-9][0-9]*$'
        AND content ->> 'begins' ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
        AND content ->> 'gb_per_standard_hour' ~ '^[0-9]{1,4}([.][0-9]{1,6})?$'
        AND jsonb_typeof(coalesce(content -> 'green', '"0"')) = 'string'
        AND coalesce(content ->> 'green', '0') ~ '^(0|0[.][1-9]|1)$'
        AND jsonb_typeof(content -> 'hours') = 'number'
        AND (content -> 'hours') <= '8784'::jsonb
        AND (content -> 'weekday') IN ('1', '2', '3', '4', '5', '6', '7')
        AND jsonb_typeof(content -> 'places') = 'array'
        AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(content -> 'places') AS p
            WHERE jsonb_typeof(p) <> 'string' OR p #>> '{}' !~ '^[A-Z]{3}$'
        )
        AND ARRAY(SELECT jsonb_object_keys(content -> 'units_milli') ORDER BY 1)
            = ARRAY['AI', 'GENERAL', 'HPC']
        AND NOT EXISTS (
            SELECT FROM jsonb_each(content -> 'units_milli') AS u
            WHERE jsonb_typeof(u.value) <> 'number' OR u.value #>> '{}' !~ '^[1-9][0-9]*$'
                OR u.value > '1000000000'::jsonb
        ), false)
$$;
