-- The least that a unit can cost by a version of a plan, whatever the quantity, the time and the
-- facts: six digits, cut off. Fees that are owed whatever is used count as nothing, so this is a
-- bound and no price.
CREATE FUNCTION pricing_least_price(components jsonb, terms jsonb, charged_unit text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part jsonb;
    kind text;
    tiers_least numeric;
    price numeric;
    total numeric := 0;
BEGIN
    -- What has no form has no price either; the table's checks refuse it by name.
    IF NOT pricing_components_are_sound(components)
       OR (terms IS NOT NULL AND NOT pricing_terms_are_sound(terms, components)) THEN
        RETURN 0;
    END IF;
    FOR part IN SELECT jsonb_array_elements(coalesce(terms -> 'components', components)) LOOP
        CONTINUE WHEN coalesce(part ->> 'unit', 'unit_hour') <> charged_unit
            OR coalesce(part ->> 'model', '') IN ('flat', 'minimum', 'prepaid');
        SELECT min((tier ->> 'unit_price')::numeric) INTO tiers_least
        FROM jsonb_array_elements(coalesce(part -> 'tiers', '[]')) AS tier;
        price := coalesce((part ->> 'price')::numeric / (part ->> 'block')::numeric,
            (part ->> 'unit_price')::numeric * (1 - coalesce((part ->> 'discount')::numeric, 0)),
            tiers_least);
        price := price * (
            SELECT least(1, min(band.value::numeric))
            FROM jsonb_each_text(coalesce(part -> 'bands', '{}')) AS band);
        FOR kind IN SELECT jsonb_array_elements_text(coalesce(part -> 'factors', '[]')) LOOP
            price := price * (
                SELECT least((terms #>> ARRAY['factors', kind, 'otherwise'])::numeric,
                    min(figure.value::numeric))
                FROM jsonb_each_text(terms #> ARRAY['factors', kind, 'values']) AS figure);
        END LOOP;
        total := total + price;
    END LOOP;
    RETURN least(trunc(total, 6), 99999999999999);
END $$;
