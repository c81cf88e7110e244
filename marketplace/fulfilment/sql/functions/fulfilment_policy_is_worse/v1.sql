-- Whether a later policy is worse for somebody: any other one is, for buyers or for providers.
CREATE FUNCTION fulfilment_policy_is_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN (after -> 'mode') IS DISTINCT FROM (before -> 'mode')
    OR (after -> 'rule') IS DISTINCT FROM (before -> 'rule');
