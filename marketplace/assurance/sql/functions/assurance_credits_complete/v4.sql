-- Statement trigger: what was given back of a month comes to what its latest evaluation says, never
-- beyond; or to less where nothing is left of what was paid. Looked at once for all credits of a
-- statement; what else gave something back is looked for before it is added up.
CREATE FUNCTION assurance_credits_complete() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
-- A session that first credits when there is little would go through all rows ever after: each month
-- is looked up by itself, and no index is read from one end to the other.
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM made
        JOIN assurance_levelevaluation e ON e.id = made.evaluation_id
        WHERE EXISTS (
            SELECT FROM assurance_levelevaluation later
            WHERE later.month_id = e.month_id AND later.revision > e.revision
        )
    ) OR EXISTS (
        WITH said AS (
            SELECT DISTINCT e.month_id, m.contract_id, made.asset,
                coalesce((e.credits ->> made.asset)::bigint, 0) AS minor
            FROM made JOIN assurance_levelevaluation e ON e.id = made.evaluation_id
            JOIN assurance_levelmonth m ON m.id = e.month_id
        )
        SELECT FROM said CROSS JOIN LATERAL (
            SELECT sum(c.signed_minor) AS minor
            FROM assurance_levelevaluation e
            JOIN assurance_levelcredit c ON c.evaluation_id = e.id
            WHERE e.month_id = said.month_id AND c.asset = said.asset
        ) given
        WHERE given.minor IS DISTINCT FROM said.minor AND NOT (
            given.minor < said.minor
            AND assurance_dispute_standing(said.contract_id, said.asset) = 0
        )
    ) THEN
        RAISE EXCEPTION 'credits come to what the latest evaluation says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF EXISTS (
        SELECT FROM (
            SELECT DISTINCT m.contract_id, made.asset
            FROM made JOIN assurance_levelevaluation e ON e.id = made.evaluation_id
            JOIN assurance_levelmonth m ON m.id = e.month_id
            WHERE made.signed_minor > 0
        ) credited
        WHERE assurance_gave_otherwise(credited.contract_id)
          AND assurance_dispute_standing(credited.contract_id, credited.asset) < 0
    ) THEN
        RAISE EXCEPTION 'no more is given back than was paid'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
