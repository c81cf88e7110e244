-- What an owner expects stays as he said it; what this node signed is not withdrawn.
CREATE FUNCTION peering_expected_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.from_code, NEW.to_code, NEW.organization_id, NEW.expected_at)
        IS DISTINCT FROM (OLD.from_code, OLD.to_code, OLD.organization_id, OLD.expected_at)
        OR OLD.withdrawn_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'what is expected of % changes', OLD.from_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'expected_keeps';
    END IF;
    IF OLD.countersigned_at IS NOT NULL
        AND (NEW.countersigned_at IS NULL OR NEW.withdrawn_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'the move of % is countersigned', OLD.from_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'expected_countersigned';
    END IF;
    RETURN NEW;
END $$;
