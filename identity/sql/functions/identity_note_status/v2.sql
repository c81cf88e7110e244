-- Trigger: every step of a resource is one that the register knows, and leaves a row of its history;
-- it is renamed where other codes are named for it. The reason is what the transaction said;
-- SECURITY DEFINER: nobody else writes that table.
CREATE FUNCTION identity_note_status() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN (
        ('REGISTERED', 'ACTIVE'), ('REGISTERED', 'WITHDRAWN'),
        ('ACTIVE', 'SUSPENDED'), ('ACTIVE', 'WITHDRAWN'),
        ('SUSPENDED', 'ACTIVE'), ('SUSPENDED', 'WITHDRAWN'),
        ('REGISTERED', 'RENAMED'), ('ACTIVE', 'RENAMED'), ('SUSPENDED', 'RENAMED')
    ) OR (NEW.status = 'RENAMED' AND NOT EXISTS (
        SELECT FROM identity_coderename c WHERE c.from_code = NEW.identifier
    )) THEN
        RAISE EXCEPTION 'a resource that is % cannot become %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO identity_resourceevent
        (resource_id, sequence, status_before, status_after, reason, effective_at)
    SELECT NEW.id, coalesce(max(sequence), 0) + 1, OLD.status, NEW.status,
        coalesce(current_setting('suanpan.status_reason', true), ''), clock_timestamp()
    FROM identity_resourceevent WHERE resource_id = NEW.id;
    RETURN NULL;
END $$;
