-- Once a meter's readings must be signed they always must, and by an agent of the provider's own.
CREATE FUNCTION metering_keep_agent() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.agent_id IS NULL THEN
        IF TG_OP = 'UPDATE' AND OLD.agent_id IS NOT NULL THEN
            RAISE EXCEPTION 'a meter keeps being signed for' USING ERRCODE = 'check_violation',
                CONSTRAINT = 'meter_agent_is_kept';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM identity_meteringagent agent
        WHERE agent.id = NEW.agent_id AND agent.organization_id = NEW.provider_id
          AND agent.revoked_at IS NULL
    ) THEN
        RAISE EXCEPTION 'the agent is not the provider''s own' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'meter_agent_is_own';
    END IF;
    RETURN NEW;
END
$$;
