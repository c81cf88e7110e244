-- Whether terms of a plan under `rate-2` have the form that rating reads, and the components beside
-- them are what they count. See pricing/plan_terms.py, which says each fault in words.
CREATE FUNCTION pricing_terms_are_sound(terms jsonb, components jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part jsonb;
    each jsonb;
    kind text;
    figures jsonb;
    shown jsonb := '[]';
    price constant text := '^[0-9]{1,7}(\.[0-9]{1,6})?$';
    quantity constant text := '^[0-9]{1,16}(\.[0-9]{1,6})?$';
    factor constant text := '^[0-9]{1,3}(\.[0-9]{1,4})?$';
    clock constant text := '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$';
    members text[];
BEGIN
    IF jsonb_typeof(terms) IS DISTINCT FROM 'object'
        OR jsonb_typeof(terms -> 'components') IS DISTINCT FROM 'array'
        OR jsonb_typeof(terms -> 'zone') IS DISTINCT FROM 'string'
        OR terms - ARRAY['zone', 'components', 'bands', 'holidays', 'workdays', 'factors',
                         'counted_by', 'fiscal_month', 'to_minor', 'early_end'] <> '{}'
        OR terms ? 'early_end' AND NOT pricing_early_end_is_sound(
            terms -> 'early_end', terms -> 'components')
        OR coalesce(terms ->> 'counted_by', 'contract')
            NOT IN ('contract', 'buyer_month', 'buyer_year')
        OR coalesce(terms ->> 'fiscal_month', '1') !~ '^([1-9]|1[0-2])$'
        OR coalesce(terms ->> 'to_minor', '1') NOT IN ('1', '10', '100')
    THEN
        RETURN false;
    END IF;
    IF jsonb_array_length(terms -> 'components') NOT BETWEEN 1 AND 16 THEN
        RETURN false;
    END IF;
    FOR each IN SELECT * FROM jsonb_array_elements(coalesce(terms -> 'bands', '[]')) LOOP
        IF coalesce(each ->> 'band', '') NOT IN ('sharp', 'peak', 'flat', 'valley', 'deep')
            OR coalesce(each ->> 'from', '') !~ clock OR coalesce(each ->> 'until', '') !~ clock
            OR (each ->> 'from') >= (each ->> 'until')
            OR jsonb_typeof(each -> 'days') IS DISTINCT FROM 'array'
            OR (each -> 'days') - ARRAY['workday', 'weekend', 'holiday'] <> '[]'
        THEN
            RETURN false;
        END IF;
    END LOOP;
    FOR kind, each IN SELECT * FROM jsonb_each(coalesce(terms -> 'factors', '{}')) LOOP
        IF kind NOT IN ('group', 'region', 'class', 'energy', 'quality', 'green', 'path')
            OR coalesce(each ->> 'otherwise', '') !~ factor
            OR jsonb_typeof(each -> 'values') IS DISTINCT FROM 'object'
            OR EXISTS (
                SELECT FROM jsonb_each_text(each -> 'values') AS said (name, by)
                WHERE said.by !~ factor
                    OR (kind = 'group' AND said.by::numeric > (each ->> 'otherwise')::numeric))
        THEN
            RETURN false;
        END IF;
    END LOOP;
    FOR part IN SELECT * FROM jsonb_array_elements(terms -> 'components') LOOP
        members := CASE part ->> 'model'
            WHEN 'unit' THEN ARRAY['unit', 'unit_price', 'per', 'bands', 'factors', 'increment']
            WHEN 'graduated' THEN ARRAY['unit', 'tiers', 'per', 'bands', 'factors', 'increment']
            WHEN 'volume' THEN ARRAY['unit', 'tiers', 'per', 'bands', 'factors', 'increment']
            WHEN 'package' THEN ARRAY['unit', 'block', 'price', 'per', 'bands', 'factors']
            WHEN 'ready' THEN ARRAY['unit_price', 'per', 'bands', 'factors']
            WHEN 'reserved' THEN ARRAY['unit_price', 'discount', 'per', 'bands', 'factors']
            WHEN 'prepaid' THEN
                ARRAY['unit', 'hours', 'price', 'unit_price', 'factors', 'owed_from']
            WHEN 'flat' THEN ARRAY['price', 'per', 'factors']
            WHEN 'minimum' THEN ARRAY['price', 'per'] END;
        IF members IS NULL OR part - members - ARRAY['code', 'model', 'sold_as'] <> '{}'
            OR NOT part ?& (members[1:CASE part ->> 'model' WHEN 'prepaid' THEN 4
                WHEN 'package' THEN 3 WHEN 'ready' THEN 1 WHEN 'flat' THEN 2 ELSE 2 END])
            OR coalesce(part ->> 'code', '') !~ '^[a-z][a-z0-9-]{0,39}$'
            OR coalesce(part ->> 'per', 'contract') NOT IN ('contract', 'month')
            OR coalesce(part ->> 'unit_price', '0') !~ price
            OR coalesce(part ->> 'price', '0') !~ price
            OR coalesce(part ->> 'block', '1') !~ quantity
            OR coalesce(part ->> 'hours', '1') !~ quantity
            OR coalesce(part ->> 'increment', '1') !~ quantity
            OR coalesce(part ->> 'discount', '0') !~ factor
            OR part ? 'owed_from' AND part -> 'owed_from' IS DISTINCT FROM '"start"'
        THEN
            RETURN false;
        END IF;
        IF (part ->> 'block')::numeric = 0 OR (part ->> 'hours')::numeric = 0
            OR (part ->> 'increment')::numeric = 0 OR (part ->> 'discount')::numeric > 1
            OR EXISTS (
                SELECT FROM jsonb_each_text(coalesce(part -> 'bands', '{}')) AS said (name, by)
                WHERE said.by !~ factor)
            OR EXISTS (
                SELECT FROM jsonb_array_elements_text(coalesce(part -> 'factors', '[]')) AS named
                WHERE NOT coalesce(terms -> 'factors', '{}') ? named)
        THEN
            RETURN false;
        END IF;
        -- Tiers in steps hold whole ones, of one contract: a step is rounded once.
        IF part ->> 'model' = 'graduated' AND part ? 'increment' AND (
            coalesce(terms ->> 'counted_by', 'contract') <> 'contract'
            OR EXISTS (
                SELECT FROM jsonb_array_elements(part -> 'tiers') AS tier
                WHERE coalesce(tier ->> 'from', '') !~ quantity
                    OR (tier ->> 'from')::numeric % (part ->> 'increment')::numeric <> 0))
        THEN
            RETURN false;
        END IF;
        CONTINUE WHEN part ->> 'model' IN ('flat', 'minimum');
        figures := CASE part ->> 'model'
            WHEN 'graduated' THEN part -> 'tiers' WHEN 'volume' THEN part -> 'tiers'
            WHEN 'package' THEN NULL
            WHEN 'prepaid' THEN jsonb_build_array(
                jsonb_build_object('from', '0', 'unit_price', '0'),
                jsonb_build_object('from', part ->> 'hours', 'unit_price', part ->> 'unit_price'))
            ELSE jsonb_build_array(
                jsonb_build_object('from', '0', 'unit_price', part ->> 'unit_price')) END;
        each := components -> jsonb_array_length(shown);
        IF each ->> 'code' IS DISTINCT FROM part ->> 'code'
            OR each ->> 'unit' IS DISTINCT FROM coalesce(part ->> 'unit', 'unit_hour')
            OR (figures IS NOT NULL AND each -> 'tiers' IS DISTINCT FROM figures)
        THEN
            RETURN false;
        END IF;
        shown := shown || each;
    END LOOP;
    -- Prices of several things: each component says of which, in units of that thing, and each thing
    -- has one that counts its use.
    IF jsonb_path_exists(terms, '$.components[*].sold_as') AND (
        EXISTS (
            SELECT FROM jsonb_array_elements(terms -> 'components') AS said
            WHERE coalesce(said ->> 'sold_as', '') NOT IN ('compute', 'storage', 'network')
                OR said ->> 'model' NOT IN ('flat', 'minimum')
                    AND coalesce(said ->> 'unit', 'unit_hour') <> ALL (CASE said ->> 'sold_as'
                        WHEN 'compute' THEN ARRAY['standard_hour', 'unit_hour']
                        WHEN 'storage' THEN ARRAY['gb_month'] ELSE ARRAY['gb_moved'] END))
        OR EXISTS (
            SELECT FROM jsonb_array_elements(terms -> 'components') AS said
            GROUP BY said ->> 'sold_as'
            HAVING bool_and(said ->> 'model' IN ('flat', 'minimum'))))
    THEN
        RETURN false;
    END IF;
    PERFORM '2026-01-01'::timestamp AT TIME ZONE (terms ->> 'zone');
    RETURN jsonb_array_length(shown) > 0
        AND jsonb_array_length(shown) = jsonb_array_length(components)
        AND (SELECT count(DISTINCT said ->> 'code') = count(*)
             FROM jsonb_array_elements(terms -> 'components') AS said);
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;  -- No such zone.
END $$;
