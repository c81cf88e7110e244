-- An order names a project of its buyer, or none.
CREATE FUNCTION orders_project_is_the_buyers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM projects_project
        WHERE id = NEW.project_id AND organization_id = NEW.buyer_id
    ) THEN
        RAISE EXCEPTION 'order % names a project of somebody else', NEW.number
            USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
