-- Trigger: the register bears since when an organisation is suspended; nobody else writes it there.
-- SECURITY DEFINER: the application's role has no right to that column.
CREATE FUNCTION identity_mark_suspended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE identity_organization
    SET suspended_at = CASE WHEN NEW.ended_at IS NULL THEN NEW.since END
    WHERE id = NEW.organization_id;
    RETURN NULL;
END $$;
