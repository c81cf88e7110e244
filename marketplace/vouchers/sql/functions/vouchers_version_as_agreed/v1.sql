-- Trigger: the rules of a programme are what two people of its issuer agreed on: those of a new
-- programme with it, later ones by themselves.
CREATE FUNCTION vouchers_version_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    said jsonb := jsonb_build_object('rules', NEW.rules, 'source', NEW.source);
BEGIN
    IF NOT (
        approvals_is_agreed(
            NEW.proposal_id, 'vouchers.programme', NEW.programme_id,
            NEW.published_by_id, NEW.approved_by_id, said
        ) AND NEW.version = 1
        OR approvals_is_agreed(
            NEW.proposal_id, 'vouchers.programme_version', NEW.id,
            NEW.published_by_id, NEW.approved_by_id,
            said || jsonb_build_object('programme_id', NEW.programme_id)
        )
    ) THEN
        RAISE EXCEPTION 'the rules of a programme are what was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
