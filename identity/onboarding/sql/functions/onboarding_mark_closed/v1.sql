-- Trigger: the register bears since when an organisation is closed; nobody else writes it there.
-- SECURITY DEFINER: the application's role has no right to that column.
CREATE FUNCTION onboarding_mark_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE identity_organization SET closed_at = NEW.closed_at WHERE id = NEW.organization_id;
    RETURN NULL;
END $$;
