-- An order that names a listing bears the price that it was promised: by a quote for exactly that
-- (the listing, the units, the period, by a plan of the listing's provider and its factor), whatever
-- plan the listing has by now; or, without one, by the version of the listing's plan that is in
-- force when it is placed. Where kinds of tokens have prices, a mix says in what shares. Any other
-- order is priced when it clears, by the market.
CREATE FUNCTION orders_price_is_promised() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    terms record;
    -- What a token of each kind counts as, by the listing's measurement rule.
    weights jsonb := (
        SELECT jsonb_object_agg(kinds.kind, weighed ->> 'weight')
        FROM catalog_listing l
        JOIN metering_measurementruleversion r ON r.id = l.rule_version_id,
            jsonb_array_elements(coalesce(r.definition -> 'weights', '[]')) weighed
        JOIN (VALUES ('api-tokens', 'in'), ('api-tokens-out', 'out'),
            ('api-tokens-cached', 'cached')) kinds (metric, kind)
            ON kinds.metric = weighed ->> 'metric'
        WHERE l.id = NEW.wanted_listing_id);
BEGIN
    IF NEW.wanted_listing_id IS NULL THEN
        IF num_nonnulls(NEW.quote_id, NEW.gross_minor, NEW.plan_version_id, NEW.token_mix) = 0 THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.quote_id IS NULL THEN
        SELECT l.standard_factor, l.rule_version_id, said.components, said.terms, said.asset,
               said.id = named.id AS is_named, named.ends_at AS named_ends_at,
               said.starts_at, said.ends_at, said.plan_id
        INTO terms
        FROM catalog_listing l
        JOIN pricing_rateplanversion named ON named.id = l.plan_version_id
        JOIN pricing_rateplanversion said
            ON said.id = NEW.plan_version_id AND said.plan_id = named.plan_id
        WHERE l.id = NEW.wanted_listing_id AND said.rating_rule IN ('rate-1', 'rate-2', 'rate-3', 'rate-4')
            AND (said.rating_rule = 'rate-3') = (NEW.token_mix IS NOT NULL);
        IF FOUND AND NEW.rule_version_id = terms.rule_version_id
            AND (CASE WHEN terms.terms IS NULL THEN orders_price_follows(
                terms.components, NEW.units_milli, extract(epoch FROM NEW.ends_at - NEW.starts_at),
                terms.standard_factor, NEW.unit_hours, NEW.standard_hours, NEW.lines)
            WHEN NEW.token_mix IS NULL THEN orders_terms_follow(
                terms.terms, catalog_facts_of(NEW.wanted_listing_id), NEW.units_milli,
                NEW.starts_at, NEW.ends_at, terms.standard_factor, NEW.unit_hours,
                NEW.standard_hours, NEW.lines, NEW.gross_minor, NEW.plan_version_id)
            ELSE orders_tokens_follow(
                terms.terms, catalog_facts_of(NEW.wanted_listing_id), NEW.units_milli,
                NEW.starts_at, NEW.ends_at, terms.standard_factor, NEW.unit_hours,
                NEW.standard_hours, NEW.lines, NEW.gross_minor, NEW.plan_version_id,
                NEW.token_mix, weights)
            END)
            AND (
                SELECT bool_and(line ->> 'plan_version_id' = NEW.plan_version_id::text
                        AND line ->> 'asset' = terms.asset)
                    AND sum((line ->> 'amount_minor')::numeric) = NEW.gross_minor
                FROM jsonb_array_elements(NEW.lines) AS line)
        THEN
            -- The listing names the version until the sweep moves it, though the next began.
            IF NOT terms.is_named THEN
                IF terms.named_ends_at <= NEW.placed_at AND terms.starts_at <= NEW.placed_at
                    AND (terms.ends_at IS NULL OR terms.ends_at > NEW.placed_at)
                THEN
                    RETURN NEW;
                END IF;
            ELSIF terms.named_ends_at IS NULL OR terms.named_ends_at > NEW.placed_at
                OR NOT EXISTS (
                    SELECT FROM pricing_rateplanversion v
                    WHERE v.plan_id = terms.plan_id AND v.starts_at <= NEW.placed_at
                        AND (v.ends_at IS NULL OR v.ends_at > NEW.placed_at))
            THEN
                RETURN NEW;
            END IF;
        END IF;
    ELSIF EXISTS (
        SELECT FROM pricing_quote q
        JOIN catalog_listing l ON l.id = NEW.wanted_listing_id
        JOIN pricing_rateplanversion quoted ON quoted.id = q.plan_version_id
        JOIN pricing_rateplan plan ON plan.id = quoted.plan_id
        WHERE q.id = NEW.quote_id AND q.buyer_id = NEW.buyer_id
          AND q.plan_version_id = NEW.plan_version_id AND plan.provider_id = l.provider_id
          AND q.gross_minor = NEW.gross_minor AND q.lines = NEW.lines
          AND q.standard_hours IS NOT DISTINCT FROM NEW.standard_hours
          AND (q.measure -> 'quantities' ->> 'unit_hour')::numeric = NEW.unit_hours
          AND q.subject ->> 'listing_id' = l.id::text
          AND (q.subject ->> 'units_milli')::bigint = NEW.units_milli
          AND q.subject -> 'token_mix' IS NOT DISTINCT FROM NEW.token_mix
          AND (NEW.token_mix IS NULL OR (
              SELECT bool_and((weights ->> told.key)::numeric = told.value::numeric)
              FROM jsonb_each_text(q.subject -> 'token_weights') told))
          AND (q.subject ->> 'starts_at')::timestamptz = NEW.starts_at
          AND (q.subject ->> 'ends_at')::timestamptz = NEW.ends_at
          AND (q.subject ->> 'standard_factor')::numeric
              IS NOT DISTINCT FROM l.standard_factor
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION
        'the price of order % is not what a quote promised, nor what its plan says', NEW.number
        USING ERRCODE = '23514', CONSTRAINT = 'order_price_is_promised', TABLE = 'orders_order';
END $$;
