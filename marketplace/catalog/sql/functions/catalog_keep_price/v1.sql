-- Trigger: a listing goes over to another price only where nobody may pay more within a week; what
-- is to cost more is announced as the next version of its plan.
CREATE FUNCTION catalog_keep_price() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF pricing_move_is_worse(OLD.plan_version_id, NEW.plan_version_id, clock_timestamp()) THEN
        RAISE EXCEPTION 'a listing becomes dearer as its plan is announced, not by another plan'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
