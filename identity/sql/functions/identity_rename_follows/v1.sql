-- Trigger: a registered code of this provider gives way to others, and never in a circle. Whatever
-- stays on this node is registered; a move leads to a code that another node gives.
CREATE FUNCTION identity_rename_follows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    broken text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('renames', 11));
    broken := CASE
        WHEN NOT EXISTS (
            SELECT FROM identity_computeresource r
            WHERE r.identifier = NEW.from_code AND r.provider_id = NEW.provider_id
        ) THEN 'rename_of_ones_own'
        WHEN NEW.kind <> 'move' AND EXISTS (
            SELECT FROM unnest(NEW.to_codes) AS t (code) WHERE NOT EXISTS (
                SELECT FROM identity_computeresource r WHERE r.identifier = t.code
                AND r.status IN ('REGISTERED', 'ACTIVE', 'SUSPENDED')
            )
        ) THEN 'rename_to_registered'
        WHEN NEW.from_code = ANY (NEW.to_codes) OR EXISTS (
            WITH RECURSIVE later(code) AS (
                SELECT unnest(NEW.to_codes)
                UNION
                SELECT unnest(c.to_codes) FROM later JOIN identity_coderename c
                ON c.from_code = later.code
            )
            SELECT FROM later WHERE code = NEW.from_code
        ) THEN 'rename_in_no_circle'
    END;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'the code % cannot be renamed so', NEW.from_code
            USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$;
