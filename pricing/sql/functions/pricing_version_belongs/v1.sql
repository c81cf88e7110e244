-- Rows of a plan and of its versions name the same plan number and provider.
CREATE FUNCTION pricing_version_belongs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pricing_rateplan
        WHERE id = NEW.plan_id AND seq = NEW.plan_seq
          AND provider_id = NEW.provider_id
    ) THEN
        RAISE EXCEPTION 'the version does not belong to its plan'
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
