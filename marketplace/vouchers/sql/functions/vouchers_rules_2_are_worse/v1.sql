-- Whether later rules of version 2 give somebody less, or may; see vouchers/worsening_2.py.
CREATE FUNCTION vouchers_rules_2_are_worse(o jsonb, n jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH rate AS (
        SELECT version.is_old, entry ->> 'beneficiary' AS who, entry ->> 'resource_class' AS what,
               entry ->> 'chip_origin' AS origin, (entry ->> 'share')::numeric AS share
        FROM (VALUES (true, o), (false, n)) version (is_old, rules),
            jsonb_array_elements(version.rules -> 'rates') entry
    ), best AS (
        SELECT coalesce(max(share) FILTER (WHERE is_old), 0) AS o,
               coalesce(max(share) FILTER (WHERE NOT is_old), 0) AS n
        FROM (SELECT DISTINCT who FROM rate) who, (SELECT DISTINCT what FROM rate) what,
            (SELECT DISTINCT origin FROM rate) origin
            LEFT JOIN LATERAL (
                SELECT is_old, share FROM rate
                WHERE rate.who IN (who.who, 'ANY') AND rate.what IN (what.what, 'ANY')
                    AND rate.origin IN (origin.origin, 'ANY')
            ) fits ON true
        GROUP BY who.who, what.what, origin.origin
    ), lists AS (  -- Null is everybody: a list may grow or end, it may not begin or shrink.
        SELECT o #> path AS o, n #> path AS n
        FROM (VALUES ('{beneficiaries,sizes}'::text[]), ('{beneficiaries,industries}'),
            ('{beneficiaries,classes}'), ('{scope,classes}'), ('{scope,forms}'),
            ('{scope,origins}'), ('{suppliers,listed}')) member (path)
    ), caps AS (  -- Null is no cap.
        SELECT coalesce((o #>> path)::numeric, 'Infinity') AS o,
               coalesce((n #>> path)::numeric, 'Infinity') AS n
        FROM (VALUES ('{limits,per_order_minor}'::text[]), ('{limits,per_entity_year_minor}'),
            ('{limits,programme_minor}'), ('{validity_days}')) member (path)
    ), needs AS (  -- What is asked for may shrink, not grow.
        SELECT o #> path AS o, n #> path AS n
        FROM (VALUES ('{stacking,excludes}'::text[]), ('{evidence}'), ('{claw_back,grounds}')
            ) member (path)
    ), begins AS (
        SELECT coalesce((o #>> path)::timestamptz, '-infinity') AS o,
               coalesce((n #>> path)::timestamptz, '-infinity') AS n
        FROM (VALUES ('{scope,contracts_from}'::text[]), ('{scope,paid_from}')) member (path)
    ), ends AS (
        SELECT coalesce((o #>> path)::timestamptz, 'infinity') AS o,
               coalesce((n #>> path)::timestamptz, 'infinity') AS n
        FROM (VALUES ('{scope,contracts_until}'::text[]), ('{scope,paid_until}')) member (path)
    ), spell AS (
        SELECT version.is_old, coalesce((entry ->> 'opens')::timestamptz, '-infinity') AS opens,
               coalesce((entry ->> 'closes')::timestamptz, 'infinity') AS closes,
               coalesce((entry ->> 'cap_minor')::numeric, 'Infinity') AS cap
        FROM (VALUES (true, o), (false, n)) version (is_old, rules),
            jsonb_array_elements(version.rules -> 'windows') entry
    ), large AS (
        SELECT (o #>> '{suppliers,pflops_min}')::numeric AS o_pflops,
               (o #>> '{suppliers,racks_min}')::numeric AS o_racks,
               (n #>> '{suppliers,pflops_min}')::numeric AS n_pflops,
               (n #>> '{suppliers,racks_min}')::numeric AS n_racks
    )
    SELECT (o -> 'issuer', o -> 'funding', o -> 'budget', o -> 'payee', o #> '{limits,order}')
            IS DISTINCT FROM
            (n -> 'issuer', n -> 'funding', n -> 'budget', n -> 'payee', n #> '{limits,order}')
        OR (n ->> 'mode' <> o ->> 'mode' AND n ->> 'mode' <> 'BOTH')
        OR NOT (n -> 'eligible_lines') @> (o -> 'eligible_lines')
        OR EXISTS (SELECT FROM best WHERE best.n < best.o)
        OR EXISTS (SELECT FROM lists WHERE jsonb_typeof(lists.n) = 'array'
            AND (jsonb_typeof(lists.o) = 'null' OR NOT lists.n @> lists.o))
        OR EXISTS (SELECT FROM caps WHERE caps.n < caps.o)
        OR EXISTS (SELECT FROM needs WHERE NOT needs.o @> needs.n)
        OR EXISTS (SELECT FROM begins WHERE begins.n > begins.o)
        OR EXISTS (SELECT FROM ends WHERE ends.n < ends.o)
        OR (jsonb_typeof(n #> '{beneficiaries,regions}') = 'object' AND (
            jsonb_typeof(o #> '{beneficiaries,regions}') = 'null'
            OR n #> '{beneficiaries,regions,table}' <> o #> '{beneficiaries,regions,table}'
            OR NOT (n #> '{beneficiaries,regions,codes}') @> (o #> '{beneficiaries,regions,codes}')
        ))
        OR (n #> '{beneficiaries,certificates}' <> '[]' AND (
            o #> '{beneficiaries,certificates}' = '[]'
            OR NOT (n #> '{beneficiaries,certificates}') @> (o #> '{beneficiaries,certificates}')
        ))
        OR (n #>> '{beneficiaries,clean_years}')::numeric
            > (o #>> '{beneficiaries,clean_years}')::numeric
        OR (o #> '{beneficiaries,incubated_makers}' = 'true'
            AND n #> '{beneficiaries,incubated_makers}' = 'false')
        OR (n #> '{suppliers,unrelated}' = 'true' AND o #> '{suppliers,unrelated}' = 'false')
        OR (o #> '{stacking,combines}' = 'true' AND n #> '{stacking,combines}' = 'false')
        OR (n ->> 'publicity_days')::numeric > (o ->> 'publicity_days')::numeric
        -- Null is for ever.
        OR coalesce((n #>> '{claw_back,within_days}')::numeric, 'Infinity')
            > coalesce((o #>> '{claw_back,within_days}')::numeric, 'Infinity')
        -- Either size of a supplier is enough.
        OR (SELECT coalesce(n_pflops, n_racks) IS NOT NULL AND (
                coalesce(o_pflops, o_racks) IS NULL
                OR (o_pflops IS NOT NULL AND coalesce(n_pflops, 'Infinity') > o_pflops)
                OR (o_racks IS NOT NULL AND coalesce(n_racks, 'Infinity') > o_racks)
            ) FROM large)
        -- No window is at any time.
        OR (n -> 'windows' <> '[]' AND (
            o -> 'windows' = '[]' OR EXISTS (
                SELECT FROM spell was WHERE was.is_old AND NOT EXISTS (
                    SELECT FROM spell now WHERE NOT now.is_old AND now.opens <= was.opens
                        AND now.closes >= was.closes AND now.cap >= was.cap
                )
            )
        ))
$$;
