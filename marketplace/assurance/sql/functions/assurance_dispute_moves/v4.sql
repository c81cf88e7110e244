-- Trigger: a dispute begins open and moves as its table of states says; what is over stays; one
-- that nobody answered gets all that was claimed and is there still, no other gets more than is
-- there, and a decision is what two people agreed on. All that go on of a contract claim no more in an
-- asset than was paid and not given back: whoever opens one waits for who opens another of it.
CREATE FUNCTION assurance_dispute_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    unclaimed bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'OPEN' THEN
            RAISE EXCEPTION 'a dispute begins open'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.contract_id::text, 18));
        SELECT assurance_dispute_standing(NEW.contract_id, NEW.asset) - coalesce(sum(
            d.claimed_minor - CASE d.state WHEN 'DECIDED' THEN d.awarded_minor ELSE 0 END
        ), 0) INTO unclaimed
        FROM assurance_tradedispute d
        WHERE d.contract_id = NEW.contract_id AND d.asset = NEW.asset
          AND d.closed_at IS NULL;
        IF NEW.claimed_minor > unclaimed THEN
            RAISE EXCEPTION 'no more is claimed of a contract than was paid'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.closed_at IS NOT NULL OR NEW.state <> OLD.state
        AND (OLD.state, NEW.state) NOT IN (
            ('OPEN', 'ANSWERED'), ('OPEN', 'LAPSED'), ('ANSWERED', 'DECIDED'),
            ('LAPSED', 'DECIDED'), ('APPEALED', 'DECIDED'), ('DECIDED', 'APPEALED'),
            ('DECIDED', 'CLOSED'), ('OPEN', 'WITHDRAWN'), ('ANSWERED', 'WITHDRAWN'),
            ('LAPSED', 'WITHDRAWN')
        )
    THEN
        RAISE EXCEPTION 'a dispute goes its way'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF OLD.buyer_appealed_at IS NOT NULL AND NEW.buyer_appealed_at <> OLD.buyer_appealed_at
        OR OLD.provider_appealed_at IS NOT NULL
            AND NEW.provider_appealed_at <> OLD.provider_appealed_at
    THEN
        RAISE EXCEPTION 'each side appeals once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF OLD.state = 'LAPSED' AND NEW.state = 'DECIDED' AND NEW.awarded_minor IS DISTINCT FROM
        LEAST(NEW.claimed_minor, GREATEST(0, assurance_dispute_standing(NEW.contract_id, NEW.asset)))
    THEN
        RAISE EXCEPTION 'what nobody answered is won whole'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state = 'DECIDED' AND OLD.state <> 'DECIDED' AND NEW.awarded_minor
        > GREATEST(0, assurance_dispute_standing(NEW.contract_id, NEW.asset))
    THEN
        RAISE EXCEPTION 'a dispute gives back what was paid, once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state = 'DECIDED' AND OLD.state <> 'DECIDED' AND NOT approvals_is_agreed(
        NEW.proposal_id, 'assurance.dispute', NEW.proposal_id, NEW.decided_by_id, NEW.agreed_by_id,
        jsonb_build_object('dispute_id', NEW.id::text, 'awarded_minor', NEW.awarded_minor,
            'decision', NEW.decision)
    ) THEN
        RAISE EXCEPTION 'a dispute is decided as two people agreed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
