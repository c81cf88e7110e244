-- Trigger: but for what the market is installed with, a table is what two people agreed on.
CREATE FUNCTION metering_table_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.proposal_id IS NOT NULL AND NOT approvals_is_agreed(
        NEW.proposal_id, 'metering.table', NEW.id, NEW.published_by_id, NEW.approved_by_id,
        jsonb_build_object(
            'hour_class', NEW.hour_class, 'version', NEW.version, 'source', NEW.source,
            'definition', NEW.definition
        )
    ) THEN
        RAISE EXCEPTION 'a conversion table is what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
