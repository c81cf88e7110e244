-- A quote is what its plan version says about its measure, line by line, and its measure is what
-- it is for: so many units over such a period. Nobody promises another price, whoever writes it.
CREATE FUNCTION pricing_quote_adds_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    quantities jsonb := NEW.measure -> 'quantities';
    -- Units times seconds; NULL where the quote names no capacity over a period.
    unit_seconds numeric := (NEW.subject ->> 'units_milli')::numeric / 1000 * extract(
        epoch FROM (NEW.subject ->> 'ends_at')::timestamptz
            - (NEW.subject ->> 'starts_at')::timestamptz);
    factor numeric := (NEW.subject ->> 'standard_factor')::numeric;
    is_sound boolean;
    said record;
BEGIN
    SELECT terms, asset INTO said FROM pricing_rateplanversion WHERE id = NEW.plan_version_id;
    IF said.terms IS NOT NULL THEN
        is_sound := said.asset = NEW.asset AND pricing_lines_follow_2(
            said.terms, NEW.measure, NEW.lines, NEW.gross_minor, NEW.plan_version_id
        ) AND (NEW.measure -> 'spread' ->> 0)::timestamptz
                = (NEW.subject ->> 'starts_at')::timestamptz
            AND (NEW.measure -> 'spread' ->> 1)::timestamptz
                = (NEW.subject ->> 'ends_at')::timestamptz;
    ELSE
    WITH tier AS (
        SELECT c.place AS component_place, t.place AS tier_place, c.part ->> 'code' AS code,
               c.part ->> 'unit' AS unit, (t.tier ->> 'from')::numeric AS starts,
               (t.tier ->> 'unit_price')::numeric AS price,
               lead((t.tier ->> 'from')::numeric)
                   OVER (PARTITION BY c.place ORDER BY t.place) AS until,
               (quantities ->> (c.part ->> 'unit'))::numeric AS quantity
        FROM pricing_rateplanversion v,
             jsonb_array_elements(v.components) WITH ORDINALITY AS c (part, place),
             jsonb_array_elements(c.part -> 'tiers') WITH ORDINALITY AS t (tier, place)
        WHERE v.id = NEW.plan_version_id AND v.asset = NEW.asset
    ), portion AS (
        SELECT *, greatest(least(quantity, until) - starts, 0) AS used FROM tier
    ), line AS (
        SELECT *, row_number() OVER (ORDER BY component_place, tier_place) AS place,
               round(used * price * 100) AS minor
        FROM portion
        WHERE quantity IS NULL OR used > 0 OR (quantity = 0 AND starts = 0)
    )
    SELECT coalesce(bool_and(
               coalesce(given.line ->> 'component' = line.code
                   AND given.line ->> 'unit' = line.unit
                   AND (given.line ->> 'quantity')::numeric = line.used
                   AND (given.line ->> 'unit_price')::numeric = line.price
                   AND (given.line ->> 'amount_minor')::numeric = line.minor
                   AND given.line ->> 'plan_version_id' = NEW.plan_version_id::text, false)
           ), false) AND sum(line.minor) = NEW.gross_minor
    INTO is_sound
    FROM line
    FULL JOIN jsonb_array_elements(NEW.lines) WITH ORDINALITY AS given (line, place)
        ON given.place = line.place;
    END IF;

    IF is_sound IS NOT TRUE
       OR NEW.standard_hours IS DISTINCT FROM (quantities ->> 'standard_hour')::numeric
       OR abs((quantities ->> 'unit_hour')::numeric - unit_seconds / 3600) > 1e-12
       OR abs((quantities ->> 'standard_hour')::numeric - unit_seconds * factor / 3600) > 1e-9
       OR abs((quantities ->> 'gb_month')::numeric - unit_seconds / 2592000) > 1e-12
       OR (quantities ->> 'gb_moved')::numeric <> unit_seconds / 8
       OR (quantities ->> 'ktoken')::numeric <> unit_seconds / 1000
       -- Tokens by kind are what the throughput answers, in the shares that the quote is for.
       OR (quantities ?| ARRAY['mtoken_in', 'mtoken_out', 'mtoken_cached'])
            <> (NEW.subject ? 'token_mix')
       OR NEW.subject ? 'token_mix' AND (
            SELECT bool_and((quantities ->> kind)::numeric = amount::numeric)
            FROM jsonb_each_text(pricing_tokens_by_kind(
                unit_seconds, NEW.subject -> 'token_mix', NEW.subject -> 'token_weights'
            )) AS due (kind, amount)
       ) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'the quote does not follow from its plan version and measure'
            USING ERRCODE = '23514', CONSTRAINT = 'quote_adds_up', TABLE = 'pricing_quote';
    END IF;
    RETURN NEW;
END $$;
