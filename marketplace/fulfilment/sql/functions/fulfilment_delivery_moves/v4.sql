-- Trigger: a delivery moves by the table of its states, one step at a time; what it is of stays.
-- What is over stays over, its end never moves back, and it was taken back with notice, or stopped,
-- only where that is written down. A provider did not answer where it said nothing in its time. Its
-- time to be ready grows only where it waited for a key, and a buyer has named none only then.
CREATE FUNCTION fulfilment_delivery_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.order_id, NEW.order_number, NEW.buyer_id, NEW.provider_id, NEW.policy_id,
        NEW.rule, NEW.starts_at, NEW.ends_at, NEW.opened_at, NEW.answer_by,
        NEW.preemption_rule, NEW.preemption_minutes)
        IS DISTINCT FROM
       (OLD.id, OLD.order_id, OLD.order_number, OLD.buyer_id, OLD.provider_id, OLD.policy_id,
        OLD.rule, OLD.starts_at, OLD.ends_at, OLD.opened_at, OLD.answer_by,
        OLD.preemption_rule, OLD.preemption_minutes)
       OR (OLD.ready_at IS NOT NULL AND NEW.ready_at IS DISTINCT FROM OLD.ready_at)
       OR (OLD.confirmed_at IS NOT NULL AND NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at)
       OR (OLD.wiped_at IS NOT NULL AND NEW.wiped_at IS DISTINCT FROM OLD.wiped_at)
       OR NEW.ready_by < OLD.ready_by
       OR (NEW.ready_by > OLD.ready_by
           AND (OLD.key_wanted_at IS NULL OR NEW.ready_by > OLD.ends_at))
       OR (OLD.key_wanted_at IS NOT NULL AND NEW.key_wanted_at IS DISTINCT FROM OLD.key_wanted_at)
       OR NEW.changed_at < OLD.changed_at
       OR NEW.leaves_at > OLD.leaves_at
       OR (NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('PREPARING', 'CONNECTED'), ('PREPARING', 'SCHEDULED'), ('CONNECTED', 'SCHEDULED'),
            ('PREPARING', 'RUNNING'), ('CONNECTED', 'RUNNING'), ('SCHEDULED', 'RUNNING'),
            ('PREPARING', 'FAILED'), ('CONNECTED', 'FAILED'), ('SCHEDULED', 'FAILED'),
            ('PREPARING', 'CALLED_OFF'), ('CONNECTED', 'CALLED_OFF'), ('SCHEDULED', 'CALLED_OFF'),
            ('RUNNING', 'INTERRUPTED'), ('RUNNING', 'EXITED'), ('INTERRUPTED', 'RUNNING'),
            ('INTERRUPTED', 'EXITED'), ('INTERRUPTED', 'FAILED')
       )) THEN
        RAISE EXCEPTION 'delivery of % cannot become % after %', OLD.order_number, NEW.state,
            OLD.state USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.reason = 'preempted' AND (NEW.state NOT IN ('EXITED', 'FAILED') OR NOT EXISTS (
        SELECT FROM fulfilment_preemptionnotice p
        WHERE p.delivery_id = NEW.id AND p.takes_back_at <= NEW.changed_at
    )) OR NEW.reason = 'emergency_stop' AND (NEW.state NOT IN ('EXITED', 'FAILED') OR NOT EXISTS (
        SELECT FROM fulfilment_emergencystop s WHERE s.delivery_id = NEW.id
    )) THEN
        RAISE EXCEPTION 'delivery of % was not taken back with notice, or stopped', OLD.order_number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.reason = 'not_answered_in_time' AND OLD.reason <> 'not_answered_in_time' AND (
        OLD.state <> 'PREPARING' OR NEW.state <> 'FAILED' OR OLD.answer_by IS NULL
        OR NEW.changed_at < OLD.answer_by OR NEW.changed_at >= OLD.starts_at
    ) THEN
        RAISE EXCEPTION 'the provider of % had time to answer, or did', OLD.order_number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.reason = 'access_not_asked' AND OLD.reason <> 'access_not_asked' AND (
        NEW.state <> 'FAILED' OR OLD.key_wanted_at IS NULL OR EXISTS (
            SELECT FROM fulfilment_handoverrequest r WHERE r.delivery_id = NEW.id
        )
    ) THEN
        RAISE EXCEPTION 'the buyer of % named a key, or was not asked for one', OLD.order_number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
