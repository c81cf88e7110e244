-- Why the next version of a plan must name a document and its clause: by what is on the market under
-- it at a moment; null: it need not.
CREATE FUNCTION catalog_basis_of_plan(plan uuid, asked timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT min(ground) FROM (
        SELECT catalog_basis_demanded(kind.book_id, kind.community_rule_id, kind.accepts_vouchers,
            asked) AS ground
        FROM (
            SELECT DISTINCT l.book_id, l.community_rule_id, l.accepts_vouchers
            FROM pricing_rateplanversion v JOIN catalog_listing l ON l.plan_version_id = v.id
            WHERE v.plan_id = plan AND l.state IN ('OPEN', 'PAUSED')
        ) AS kind
    ) AS demanded
$$;
