-- Trigger: what was given back of a month comes to what its latest evaluation says, never beyond.
CREATE FUNCTION assurance_credit_completes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    said record;
    given bigint;
BEGIN
    SELECT e.month_id, coalesce((e.credits ->> NEW.asset)::bigint, 0) AS minor INTO said
    FROM assurance_levelevaluation e
    WHERE e.id = NEW.evaluation_id
      AND NOT EXISTS (
          SELECT FROM assurance_levelevaluation later
          WHERE later.month_id = e.month_id AND later.revision > e.revision
      );
    SELECT coalesce(sum(c.signed_minor), 0) INTO given
    FROM assurance_levelcredit c JOIN assurance_levelevaluation e ON e.id = c.evaluation_id
    WHERE e.month_id = said.month_id AND c.asset = NEW.asset;
    IF said IS NULL OR given + NEW.signed_minor <> said.minor THEN
        RAISE EXCEPTION 'credits come to what the latest evaluation says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
