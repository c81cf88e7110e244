-- Trigger: an evaluation gives back no more of an asset than was charged in it, and follows the
-- revision before.
CREATE FUNCTION assurance_evaluation_within_charge() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM jsonb_each_text(NEW.credits) c
        WHERE c.value::bigint <= 0 OR c.value::bigint > coalesce((NEW.charged ->> c.key)::bigint, 0)
    ) OR NEW.credited_minor <> (
        SELECT coalesce(sum(c.value::bigint), 0) FROM jsonb_each_text(NEW.credits) c
    ) THEN
        RAISE EXCEPTION 'a credit is no more than what was charged'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.revision <> 1 + (
        SELECT count(*) FROM assurance_levelevaluation e WHERE e.month_id = NEW.month_id
    ) THEN
        RAISE EXCEPTION 'a revision follows the one before'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
