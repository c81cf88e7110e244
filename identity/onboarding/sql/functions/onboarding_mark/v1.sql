-- Trigger: the register bears since when an organisation is onboarded; nobody else writes it there.
-- SECURITY DEFINER: the application's role has no right to that column.
CREATE FUNCTION onboarding_mark() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE identity_organization
    SET onboarding_since = CASE WHEN NEW.activated_at IS NULL THEN NEW.opened_at END
    WHERE id = NEW.organization_id;
    RETURN NULL;
END $$;
