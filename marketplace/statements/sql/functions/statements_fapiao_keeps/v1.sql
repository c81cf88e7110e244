-- Trigger: a request is of what a live statement charged, and goes its way.
CREATE FUNCTION statements_fapiao_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM statements_statement s WHERE s.id = NEW.statement_id AND s.is_live
            AND (s.organization_id, s.charged_minor, s.tax_minor)
              = (NEW.organization_id, NEW.amount_minor, NEW.tax_minor)
            AND s.side = 'BUYER' AND NEW.state = 'REQUESTED'
    ) THEN
        RAISE EXCEPTION 'a fapiao is of what its statement charged'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.state, NEW.state) NOT IN (
        ('REQUESTED', 'EXPORTED'), ('REQUESTED', 'WITHDRAWN'), ('EXPORTED', 'ISSUED'),
        ('EXPORTED', 'REFUSED'), ('ISSUED', 'REVERSED')
    ) THEN
        RAISE EXCEPTION 'a request does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
