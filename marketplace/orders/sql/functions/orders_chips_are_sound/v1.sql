-- Whether the chips of a requirement are at most so many short names.
CREATE FUNCTION orders_chips_are_sound(chips jsonb, most integer) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF jsonb_typeof(chips) <> 'array' THEN
        RETURN false;
    END IF;
    RETURN jsonb_array_length(chips) <= most AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(chips) AS chip
        WHERE jsonb_typeof(chip) <> 'string' OR length(chip #>> '{}') NOT BETWEEN 1 AND 60
    );
END $$;
