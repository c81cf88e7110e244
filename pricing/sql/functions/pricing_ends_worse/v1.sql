-- Whether who ends early may wait longer, pay more or get less back. Where a plan is silent the market's
-- rule holds: to begin to say less than any notice is a cut, to fall silent is not clear. See
-- pricing/worsening.py.
CREATE FUNCTION pricing_ends_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN after IS NULL THEN before IS NOT NULL ELSE
        (after ->> 'notice_hours')::integer > coalesce((before ->> 'notice_hours')::integer, 0)
        OR coalesce((after ->> 'fee')::numeric, 0) > coalesce((before ->> 'fee')::numeric, 0)
        OR coalesce((after ->> 'gives_back')::numeric, 0)
            < coalesce((before ->> 'gives_back')::numeric, 0) END
$$;
