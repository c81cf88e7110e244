-- Trigger: nothing is registered under a code, or a serial, that was given as a further one.
CREATE FUNCTION identity_code_is_no_alias() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('serial ' || prefix, 11))
    FROM (SELECT DISTINCT prefix FROM inserted ORDER BY prefix) AS each;
    IF EXISTS (
        SELECT FROM inserted i JOIN identity_codealias a
        ON a.prefix = i.prefix AND a.serial = i.serial
    ) OR EXISTS (SELECT FROM inserted i JOIN identity_codealias a ON a.code = i.identifier) THEN
        RAISE EXCEPTION 'a code is given already'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'code_given_once';
    END IF;
    RETURN NULL;
END $$;
