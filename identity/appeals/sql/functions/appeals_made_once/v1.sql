-- Trigger: an appeal is against a suspension of its own organisation that holds, and waits at first.
CREATE FUNCTION appeals_made_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.state <> 'WAITING' OR NOT EXISTS (
        SELECT FROM identity_suspension held
        WHERE held.id = NEW.suspension_id AND held.organization_id = NEW.organization_id
            AND held.ended_at IS NULL
    ) THEN
        RAISE EXCEPTION 'an appeal is against a suspension of its own that holds'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
