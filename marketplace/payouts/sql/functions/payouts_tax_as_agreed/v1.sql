-- Trigger: a tax is what two people agreed on, to the last digit of its rate and to the day.
CREATE FUNCTION payouts_tax_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'payouts.tax_rule', NEW.id, NEW.published_by_id, NEW.approved_by_id,
        jsonb_build_object('kind', NEW.kind, 'source', NEW.source)
    ) OR NOT EXISTS (
        SELECT FROM approvals_proposal p
        WHERE p.id = NEW.proposal_id AND (p.content ->> 'rate')::numeric = NEW.rate
          AND (p.content ->> 'starts_on')::date = NEW.starts_on
          AND (p.content ->> 'ends_on')::date IS NOT DISTINCT FROM NEW.ends_on
    ) THEN
        RAISE EXCEPTION 'a tax is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
