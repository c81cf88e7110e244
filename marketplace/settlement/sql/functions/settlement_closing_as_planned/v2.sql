-- Trigger: what an end comes to is charged where a contract ended early, or its plan's prepaid hours are
-- owed from the start; and of a fee no more than the early end says, whatever corrects it later.
CREATE FUNCTION settlement_closing_as_planned() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fee_minor bigint;
    charged numeric;
BEGIN
    SELECT e.fee_minor INTO fee_minor
    FROM settlement_earlyend e
        JOIN settlement_contract k ON k.id = e.contract_id
        JOIN pricing_rateplanversion v ON v.id = k.plan_version_id
    WHERE e.contract_id = NEW.contract_id AND v.terms ? 'early_end';
    SELECT coalesce(sum((line ->> 'amount_minor')::numeric), 0) INTO charged
    FROM (
        SELECT NEW.lines UNION ALL
        SELECT c.lines FROM settlement_charge c
        WHERE c.contract_id = NEW.contract_id AND c.lines @? '$[*].ending'
    ) said (lines), jsonb_array_elements(said.lines) line
    WHERE line ->> 'ending' = 'fee';
    IF fee_minor IS NULL THEN
        SELECT 0 INTO fee_minor
        FROM settlement_contract k JOIN pricing_rateplanversion v ON v.id = k.plan_version_id
        WHERE k.id = NEW.contract_id AND v.terms @? '$.components[*] ? (@.owed_from == "start")';
    END IF;
    IF fee_minor IS NULL OR charged NOT BETWEEN 0 AND fee_minor THEN
        RAISE EXCEPTION 'an early end is charged as its plan says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
