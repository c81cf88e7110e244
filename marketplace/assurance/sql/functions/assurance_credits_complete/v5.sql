-- Statement trigger: what was given back of a month comes to what its latest evaluation says, never
-- beyond; or to less where nothing is left of what was paid. Looked at once for all credits of a
-- statement; what else gave something back is looked for before it is added up.
-- Each step is a subquery with OFFSET 0, which is not merged with the others: a session that first
-- credits when there is little would else keep an order of joins that goes through all rows.
CREATE FUNCTION assurance_credits_complete() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    is_stale boolean;
    is_wrong boolean;
    is_beyond boolean;
BEGIN
    WITH said AS MATERIALIZED (
        SELECT DISTINCT e.month_id, m.contract_id, made.asset, made.evaluation_id,
            coalesce((e.credits ->> made.asset)::bigint, 0) AS minor, later.is_there,
            made.signed_minor > 0 AS is_back
        FROM made
        LEFT JOIN LATERAL (
            SELECT e.month_id, e.revision, e.credits
            FROM assurance_levelevaluation e WHERE e.id = made.evaluation_id OFFSET 0
        ) e ON true
        LEFT JOIN LATERAL (
            SELECT m.contract_id FROM assurance_levelmonth m WHERE m.id = e.month_id OFFSET 0
        ) m ON true
        CROSS JOIN LATERAL (
            SELECT EXISTS (
                SELECT FROM assurance_levelevaluation l
                WHERE l.month_id = e.month_id AND l.revision > e.revision
            ) AS is_there OFFSET 0
        ) later
    ), compared AS MATERIALIZED (
        SELECT said.*, given.minor AS given_minor
        FROM said CROSS JOIN LATERAL (
            SELECT sum(c.signed_minor) AS minor
            FROM (
                SELECT e.id FROM assurance_levelevaluation e
                WHERE e.month_id = said.month_id OFFSET 0
            ) e
            CROSS JOIN LATERAL (
                SELECT c.signed_minor FROM assurance_levelcredit c
                WHERE c.evaluation_id = e.id AND c.asset = said.asset OFFSET 0
            ) c
        ) given
    )
    SELECT bool_or(c.is_there),
        bool_or(c.given_minor IS DISTINCT FROM c.minor AND NOT CASE
            WHEN c.given_minor < c.minor
            THEN assurance_dispute_standing(c.contract_id, c.asset) = 0
            ELSE false
        END),
        bool_or(CASE
            WHEN c.is_back AND assurance_gave_otherwise(c.contract_id)
            THEN assurance_dispute_standing(c.contract_id, c.asset) < 0
            ELSE false
        END)
    INTO is_stale, is_wrong, is_beyond
    FROM compared c;
    IF is_stale OR is_wrong THEN
        RAISE EXCEPTION 'credits come to what the latest evaluation says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF is_beyond THEN
        RAISE EXCEPTION 'no more is given back than was paid'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
