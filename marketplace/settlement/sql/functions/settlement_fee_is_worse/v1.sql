-- Whether a later fee is higher, or follows other arithmetic; see settlement/worsening.py.
CREATE FUNCTION settlement_fee_is_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN (after ->> 'rate')::numeric > (before ->> 'rate')::numeric
    OR (after -> 'rule') IS DISTINCT FROM (before -> 'rule');
