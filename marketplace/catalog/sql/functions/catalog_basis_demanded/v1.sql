-- Why the prices of a listing must name a document and its clause at a moment; null: they need not.
CREATE FUNCTION catalog_basis_demanded(
    book bigint, community smallint, takes_vouchers boolean, asked timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT ground FROM (
        SELECT grounds FROM catalog_basisrule WHERE starts_at <= asked
        ORDER BY starts_at DESC LIMIT 1
    ) AS rule, unnest(rule.grounds) WITH ORDINALITY AS each (ground, place)
    WHERE CASE ground
        WHEN 'COMMUNITY' THEN community IS NOT NULL
        WHEN 'VOUCHERS' THEN takes_vouchers
        WHEN 'COLLAR' THEN (
            SELECT c.reference IS NOT NULL FROM catalog_pricecollar c
            WHERE c.book_id = book AND c.valid_from <= asked
            ORDER BY c.valid_from DESC, c.id DESC LIMIT 1)
        END
    ORDER BY place LIMIT 1
$$;
