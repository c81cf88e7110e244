-- How many million tokens of each kind so much throughput answers, in the shares of a mix: a token
-- takes as much of it as its weight says. Cut off after twelve digits. See pricing/token_kinds.py.
CREATE FUNCTION pricing_tokens_by_kind(counted numeric, mix jsonb, weights jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN coalesce(bool_and(
                shared.key IN ('in', 'out', 'cached') AND shared.value ~ '^[0-9]{1,20}$'
                    AND weights ? shared.key), false)
            AND sum(CASE WHEN shared.value ~ '^[0-9]{1,20}$' THEN shared.value::numeric END) > 0
        THEN jsonb_build_object('mtoken_in', 0, 'mtoken_out', 0, 'mtoken_cached', 0)
            || jsonb_object_agg('mtoken_' || shared.key, div(
                shared.value::numeric * counted * 1000000000000,
                whole.weighed * 1000000) / 1000000000000) END
    FROM jsonb_each_text(mix) shared, LATERAL (
        SELECT sum(each.value::numeric * (weights ->> each.key)::numeric) AS weighed
        FROM jsonb_each_text(mix) each WHERE each.value ~ '^[0-9]{1,20}$'
    ) whole
$$;
