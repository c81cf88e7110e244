-- Whether whoever buys by one version of a plan may pay more if they buy by another one from a
-- moment on, at any time of the week that follows: what is announced counts on both sides. The
-- version that was named holds at once, even if it would begin later.
CREATE FUNCTION pricing_move_is_worse(before uuid, after uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH version AS (
        SELECT v.id, v.plan_id, to_jsonb(v) AS terms, v.starts_at,
               coalesce(
                   lead(v.starts_at) OVER (PARTITION BY v.plan_id ORDER BY v.version), 'infinity'
               ) AS stops_at
        FROM pricing_rateplanversion v
        WHERE v.plan_id IN (
            SELECT named.plan_id FROM pricing_rateplanversion named
            WHERE named.id IN (before, after)
        )
    ), borne AS (
        SELECT v.* FROM version v JOIN version named USING (plan_id) WHERE named.id = before
    ), wanted AS (
        SELECT v.terms, v.stops_at,
               CASE v.id WHEN after THEN least(v.starts_at, at) ELSE v.starts_at END AS starts_at
        FROM version v JOIN version named USING (plan_id)
        WHERE named.id = after AND v.starts_at >= named.starts_at
    )
    SELECT EXISTS (
        SELECT FROM borne o JOIN wanted n
            ON least(o.stops_at, n.stops_at, at + interval '7 days')
                > greatest(o.starts_at, n.starts_at, at)
        WHERE pricing_version_is_worse(o.terms, n.terms)
    )
$$;
