-- Trigger: no order is placed or cleared at a price that its book does not allow, to the fen. Moments
-- around a change belong to the rule that read the collar a little earlier.
CREATE FUNCTION orders_price_in_collar() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    outside record;
BEGIN
    SELECT o.number INTO outside
    FROM changed AS o
    CROSS JOIN LATERAL (
        SELECT low, high, valid_from FROM catalog_pricecollar AS c
        WHERE c.book_id = o.book_id AND c.valid_from <= coalesce(o.cleared_at, o.placed_at)
        ORDER BY c.valid_from DESC, c.id DESC LIMIT 1
    ) AS collar
    WHERE o.state IN ('PLACED', 'CLEARED') AND o.import_run_id IS NULL AND o.standard_hours > 0
      AND collar.valid_from < coalesce(o.cleared_at, o.placed_at) - interval '5 minutes'
      AND (o.gross_minor + 2 < collar.low * 100 * o.standard_hours
           OR o.gross_minor - 2 > collar.high * 100 * o.standard_hours)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the price of order % lies outside the collar of its book', outside.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
