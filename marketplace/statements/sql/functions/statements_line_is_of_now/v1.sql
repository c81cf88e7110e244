-- Trigger: lines and balances are written with their statement, in its transaction and no other.
CREATE FUNCTION statements_line_is_of_now() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM statements_statement s
        WHERE s.id IN (SELECT DISTINCT statement_id FROM new_rows)
          AND s.recorded_in <> pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'a statement that was issued stays as it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
