-- A quote is for a project of its buyer, or for none in particular.
CREATE FUNCTION pricing_project_is_the_buyers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.project_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM projects_project
        WHERE id = NEW.project_id AND organization_id = NEW.buyer_id
    ) THEN
        RAISE EXCEPTION 'a quote is for a project of somebody else' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
