-- Trigger: a version of a scene is what two operators agreed on.
CREATE FUNCTION drivers_scene_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'drivers.scene', NEW.id, NEW.published_by_id, NEW.approved_by_id,
        jsonb_build_object('code', NEW.code, 'scene', NEW.content, 'hash', NEW.content_hash)
    ) THEN
        RAISE EXCEPTION 'a scene is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
