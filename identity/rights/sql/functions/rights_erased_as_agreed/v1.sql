-- Trigger: a person is erased as was agreed, and not under a legal hold.
CREATE FUNCTION rights_erased_as_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    -- A hold that is being placed just now comes first, and later ones wait.
    PERFORM pg_advisory_xact_lock_shared(7268041);
    IF privacy_is_held('PERSON', NEW.user_id::text, NULL) THEN
        RAISE EXCEPTION 'a person under a legal hold is not erased'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NOT approvals_is_agreed(
        NEW.proposal_id, 'rights.erasure', NEW.id, NEW.proposed_by_id, NEW.agreed_by_id,
        jsonb_build_object('person_id', NEW.user_id, 'reason', NEW.reason)
    ) THEN
        RAISE EXCEPTION 'a person is erased as was agreed on'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
