-- Whether a price is what the components of a plan say about some hours, by the rule `rate-1`: line
-- by line, each tier that is reached rounded once. The hours are what so many units over so many
-- seconds come to: measured figures are rounded, so they are held against the exact product.
CREATE FUNCTION orders_price_follows(
    components jsonb, units_milli bigint, seconds numeric, factor numeric,
    unit_hours numeric, standard_hours numeric, lines jsonb
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    unit_seconds numeric := units_milli * seconds / 1000;
    component jsonb;
    tiers jsonb;
    line jsonb;
    place integer := 0;
    quantity numeric;
    starts numeric;
    until numeric;
    used numeric;
    price numeric;
BEGIN
    IF unit_hours IS NULL OR (factor IS NULL) <> (standard_hours IS NULL)
        OR abs(unit_hours * 3600 - unit_seconds) > 3600 * 0.5e-12
        OR abs(standard_hours * 3600 - unit_seconds * factor) > 3600 * 0.5e-9
    THEN
        RETURN false;
    END IF;
    FOR component IN SELECT jsonb_array_elements(components) LOOP
        quantity := CASE component ->> 'unit'
            WHEN 'unit_hour' THEN unit_hours WHEN 'standard_hour' THEN standard_hours
            -- A month of thirty days; a gigabit a second moves an eighth of 10⁹ bytes in one; a
            -- token a second is one in a second.
            WHEN 'gb_month' THEN round(unit_seconds / 2592000, 12)
            WHEN 'gb_moved' THEN unit_seconds / 8
            WHEN 'ktoken' THEN unit_seconds / 1000 END;
        IF quantity IS NULL THEN
            RETURN false;
        END IF;
        tiers := component -> 'tiers';
        FOR tier IN 0 .. jsonb_array_length(tiers) - 1 LOOP
            starts := (tiers -> tier ->> 'from')::numeric;
            until := (tiers -> (tier + 1) ->> 'from')::numeric;
            used := greatest(least(quantity, until) - starts, 0);
            CONTINUE WHEN used = 0 AND (quantity > 0 OR starts > 0);
            price := (tiers -> tier ->> 'unit_price')::numeric;
            line := lines -> place;
            place := place + 1;
            IF (line ->> 'component' = component ->> 'code'
                AND line ->> 'unit' = component ->> 'unit'
                AND (line ->> 'quantity')::numeric = used
                AND (line ->> 'unit_price')::numeric = price
                AND (line ->> 'amount_minor')::numeric = round(used * price * 100)
            ) IS NOT TRUE THEN
                RETURN false;
            END IF;
        END LOOP;
    END LOOP;
    RETURN place = jsonb_array_length(lines);
END $$;
