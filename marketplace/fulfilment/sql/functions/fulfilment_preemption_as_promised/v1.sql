-- Trigger: notice is given of what its listing may take back, in time, and while it is delivered.
CREATE FUNCTION fulfilment_preemption_as_promised() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.takes_back_at < NEW.noticed_at + NEW.notice_minutes * interval '1 minute'
       OR NOT EXISTS (
        SELECT FROM fulfilment_computedelivery d
        WHERE d.id = NEW.delivery_id AND d.preemption_rule > ''
          AND (d.preemption_rule, d.preemption_minutes, d.buyer_id, d.provider_id)
              = (NEW.rule, NEW.notice_minutes, NEW.buyer_id, NEW.provider_id)
          AND d.state NOT IN ('EXITED', 'FAILED', 'CALLED_OFF')
          AND d.leaves_at > NEW.takes_back_at
    ) THEN
        RAISE EXCEPTION 'a delivery is taken back with the notice that its listing promised'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
