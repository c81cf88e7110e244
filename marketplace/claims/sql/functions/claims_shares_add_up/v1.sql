-- Constraint trigger: what payers pay of a claim is what its lines come to, source by source.
CREATE FUNCTION claims_shares_add_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM claims_claimline AS line
        WHERE line.claim_id = NEW.claim_id AND line.is_live AND line.amount_minor IS DISTINCT FROM (
            SELECT sum(amount_minor) FROM claims_claimpart WHERE line_id = line.id
        )
    ) OR EXISTS (
        SELECT FROM (
            SELECT source, sum(amount_minor) AS total FROM claims_claimpart
            WHERE claim_id = NEW.claim_id GROUP BY source HAVING sum(amount_minor) <> 0
        ) AS parts FULL JOIN (
            SELECT source, sum(amount_minor) AS total FROM claims_claimshare
            WHERE claim_id = NEW.claim_id GROUP BY source
        ) AS shares USING (source)
        WHERE parts.total IS DISTINCT FROM shares.total
    ) THEN
        RAISE EXCEPTION 'the parts of claim % do not add up to it', NEW.claim_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
