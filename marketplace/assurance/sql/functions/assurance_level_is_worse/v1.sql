-- Whether a later service level is worse than the one before: a target that is weaker or gone, a
-- credit that is smaller, other tiers, another formula.
CREATE FUNCTION assurance_level_is_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN (after -> 'rule') IS DISTINCT FROM (before -> 'rule')
    OR (before -> 'tiers' <> '[]'::jsonb AND after -> 'tiers' <> before -> 'tiers')
    OR coalesce((after ->> 'availability_ppm')::bigint, -1)
        < coalesce((before ->> 'availability_ppm')::bigint, -1)
    OR coalesce((after ->> 'network_ppm')::bigint, -1)
        < coalesce((before ->> 'network_ppm')::bigint, -1)
    OR coalesce((after ->> 'ready_seconds')::bigint, 10^9)
        > coalesce((before ->> 'ready_seconds')::bigint, 10^9)
    OR coalesce((after ->> 'response_ms')::bigint, 10^9)
        > coalesce((before ->> 'response_ms')::bigint, 10^9)
    OR (after ->> 'ready_credit_bp')::bigint < (before ->> 'ready_credit_bp')::bigint
    OR (after ->> 'response_credit_bp')::bigint < (before ->> 'response_credit_bp')::bigint
    OR (after ->> 'network_credit_bp')::bigint < (before ->> 'network_credit_bp')::bigint;
