-- An order that names a listing bears the price that a quote promised its buyer for exactly that:
-- the listing, the units, the period, by a plan of the listing's provider and the listing's factor.
-- The listing may have another plan by now: what was promised stays. Any other order is priced when
-- it clears, by the market.
CREATE FUNCTION orders_price_is_promised() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.wanted_listing_id IS NULL THEN
        IF num_nonnulls(NEW.quote_id, NEW.gross_minor, NEW.plan_version_id) = 0 THEN
            RETURN NEW;
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
          AND (q.subject ->> 'starts_at')::timestamptz = NEW.starts_at
          AND (q.subject ->> 'ends_at')::timestamptz = NEW.ends_at
          AND (q.subject ->> 'standard_factor')::numeric
              IS NOT DISTINCT FROM l.standard_factor
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the price of order % is not what a quote promised', NEW.number
        USING ERRCODE = '23514', CONSTRAINT = 'order_price_is_promised', TABLE = 'orders_order';
END $$;
