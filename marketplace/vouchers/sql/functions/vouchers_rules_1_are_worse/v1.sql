-- Whether a programme's later rules give somebody less, or may; see vouchers/worsening.py.
-- Rules of version 1, which name no schema.
CREATE FUNCTION vouchers_rules_1_are_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH given AS (
        SELECT before -> 'rules' AS o, after -> 'rules' AS n
    ), rate AS (
        SELECT version.is_old, entry ->> 'beneficiary' AS who,
               entry ->> 'resource_class' AS what, (entry ->> 'share')::numeric AS share
        FROM given, LATERAL (VALUES (true, o), (false, n)) version (is_old, rules),
            jsonb_array_elements(version.rules -> 'rates') entry
    ), best AS (
        SELECT who.who, what.what,
               coalesce(max(share) FILTER (WHERE is_old), 0) AS o,
               coalesce(max(share) FILTER (WHERE NOT is_old), 0) AS n
        FROM (SELECT DISTINCT who FROM rate) who, (SELECT DISTINCT what FROM rate) what
            LEFT JOIN LATERAL (
                SELECT is_old, share FROM rate
                WHERE rate.who IN (who.who, 'ANY') AND rate.what IN (what.what, 'ANY')
            ) fits ON true
        GROUP BY who.who, what.what
    )
    SELECT (o -> 'mode', o -> 'funding') IS DISTINCT FROM (n -> 'mode', n -> 'funding')
        OR EXISTS (SELECT FROM best WHERE best.n < best.o)
        OR NOT (n -> 'eligible_lines') @> (o -> 'eligible_lines')
        -- Null is no cap, from ever on, without an end, everybody: nothing gives more.
        OR coalesce((n ->> 'per_order_cap_minor')::numeric, 'Infinity')
            < coalesce((o ->> 'per_order_cap_minor')::numeric, 'Infinity')
        OR coalesce((n ->> 'per_entity_year_cap_minor')::numeric, 'Infinity')
            < coalesce((o ->> 'per_entity_year_cap_minor')::numeric, 'Infinity')
        OR (n ->> 'validity_days')::numeric < (o ->> 'validity_days')::numeric
        OR coalesce((n ->> 'applications_from')::timestamptz, '-infinity')
            > coalesce((o ->> 'applications_from')::timestamptz, '-infinity')
        OR coalesce((n ->> 'applications_until')::timestamptz, 'infinity')
            < coalesce((o ->> 'applications_until')::timestamptz, 'infinity')
        OR coalesce((n ->> 'orders_from')::timestamptz, '-infinity')
            > coalesce((o ->> 'orders_from')::timestamptz, '-infinity')
        OR (n -> 'requires_sme_certificate' = 'true' AND o -> 'requires_sme_certificate' = 'false')
        OR (jsonb_typeof(n -> 'suppliers') = 'array'
            AND (jsonb_typeof(o -> 'suppliers') = 'null'
                OR NOT (n -> 'suppliers') @> (o -> 'suppliers')))
        OR (n -> 'combines' = 'false' AND o -> 'combines' = 'true')
    FROM given
$$;
