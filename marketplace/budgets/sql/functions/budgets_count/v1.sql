-- What is used of a cap is the sum of what its orders took and did not give back, always.
CREATE FUNCTION budgets_count() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE budgets_capuse SET used_minor = used_minor + NEW.amount_minor - NEW.returned_minor
        WHERE id = NEW.use_id;
    ELSE
        UPDATE budgets_capuse SET used_minor = used_minor + OLD.returned_minor - NEW.returned_minor
        WHERE id = NEW.use_id;
    END IF;
    RETURN NULL;
END $$;
