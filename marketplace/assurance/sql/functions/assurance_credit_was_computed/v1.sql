-- Constraint trigger: money that moves by rule is a credit of an evaluation, to the minor unit.
CREATE FUNCTION assurance_credit_was_computed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM assurance_levelcredit c
        JOIN assurance_levelevaluation e ON e.id = c.evaluation_id
        WHERE c.id = NEW.id AND c.asset = NEW.asset AND e.rule = NEW.by_rule
          AND (c.buyer_id, c.provider_id) = (NEW.buyer_id, NEW.provider_id)
          AND c.signed_minor
              = NEW.amount_minor * CASE NEW.payee WHEN 'BUYER' THEN 1 ELSE -1 END
    ) THEN
        RAISE EXCEPTION 'nothing computed this credit'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
