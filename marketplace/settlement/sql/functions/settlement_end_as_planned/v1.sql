-- Trigger: where a contract's plan says how it is ended early, its buyer ends it by nothing else: after
-- the plan's notice, or where nothing is held any more, for the plan's fee. Whatever else ends it has
-- a reason, which is looked up, and takes no fee.
CREATE FUNCTION settlement_end_as_planned() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said jsonb;
    step integer;
    of_order uuid;
    of_instalments text;
    is_right boolean;
BEGIN
    SELECT v.terms -> 'early_end', coalesce((v.terms ->> 'to_minor')::integer, 1), k.order_id,
           k.instalment_rule
    INTO said, step, of_order, of_instalments
    FROM settlement_contract k JOIN pricing_rateplanversion v ON v.id = k.plan_version_id
    WHERE k.id = NEW.contract_id;
    is_right := CASE
        WHEN said IS NULL THEN NEW.rule_version <> 'plan-1'
        WHEN NEW.rule_version = 'plan-1' THEN
            NEW.notice_seconds = (said ->> 'notice_hours')::integer * 3600
            AND NEW.gives_back = coalesce((said ->> 'gives_back')::numeric, 0)
            AND NEW.fee_minor = step * greatest(
                ceil(coalesce((said ->> 'fee')::numeric, 0) * 100 / step - 0.001), 0)
            AND (NEW.ends_at >= NEW.asked_at + NEW.notice_seconds * interval '1 second' OR EXISTS (
                SELECT FROM settlement_contractinstalment i
                WHERE i.contract_id = NEW.contract_id AND i.state IN ('PLANNED', 'LATE')
                    AND i.starts_at = NEW.ends_at))
        WHEN NEW.fee_minor <> 0 THEN false
        WHEN NEW.rule_version IN ('agreed-1', 'agreed-2') THEN true  -- Another trigger looks the agreement up.
        WHEN NEW.rule_version = 'undelivered-1' THEN EXISTS (
            SELECT FROM fulfilment_computedelivery d
            WHERE d.order_id = of_order AND d.state IN ('FAILED', 'EXITED'))
        ELSE of_instalments <> '' AND NEW.rule_version = of_instalments AND EXISTS (
            SELECT FROM settlement_contractinstalment i
            WHERE i.contract_id = NEW.contract_id AND i.state = 'LAPSED') END;
    IF is_right IS NOT TRUE THEN
        RAISE EXCEPTION 'the contract ends early as its plan says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
