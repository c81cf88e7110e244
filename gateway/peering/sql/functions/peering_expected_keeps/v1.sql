-- What an owner expects stays as he said it.
CREATE FUNCTION peering_expected_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.from_code, NEW.to_code, NEW.organization_id)
        IS DISTINCT FROM (OLD.from_code, OLD.to_code, OLD.organization_id)
    THEN
        RAISE EXCEPTION 'what is expected of % changes', OLD.from_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'expected_keeps';
    END IF;
    RETURN NEW;
END $$;
