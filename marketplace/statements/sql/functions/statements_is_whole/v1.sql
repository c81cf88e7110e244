-- Trigger, at the end of the transaction: of a statement, balances are what lines add up to, open
-- with what the last statement closed with, and a cancellation mirrors what it cancels.
CREATE FUNCTION statements_is_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    bad text;
    -- A transaction ends in whatever scope it is in; what is compared is all of it.
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    IF NEW.lines_count <> (SELECT count(*) FROM statements_statementline
            WHERE statement_id = NEW.id)
        OR NEW.lines_count <> (SELECT coalesce(sum(lines_count), 0) FROM statements_statementbalance
            WHERE statement_id = NEW.id)
        OR NEW.lines_hash <> statements_lines_hash(NEW.id)
    THEN
        RAISE EXCEPTION '%: the lines are others', NEW.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    SELECT b.account INTO bad
        FROM statements_statementbalance b
        LEFT JOIN (
            SELECT account_number, sum(amount_minor) FILTER (WHERE amount_minor > 0) AS added,
                   sum(amount_minor) FILTER (WHERE amount_minor < 0) AS taken
            FROM statements_statementline WHERE statement_id = NEW.id GROUP BY account_number
        ) l ON l.account_number = b.account_number
        WHERE b.statement_id = NEW.id AND (
            b.added_minor <> coalesce(l.added, 0) OR b.taken_minor <> coalesce(l.taken, 0)
            OR NEW.kind = 'STATEMENT' AND b.opening_minor <> coalesce((
                SELECT p.closing_minor FROM statements_statementbalance p
                JOIN statements_statement s ON s.id = p.statement_id
                WHERE p.account_number = b.account_number AND s.sequence < NEW.sequence
                  AND s.is_live AND s.side = NEW.side AND s.subject = NEW.subject
                ORDER BY s.sequence DESC LIMIT 1
            ), 0)
        ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: % does not add up', NEW.number, bad
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.kind = 'CANCELLATION' AND EXISTS (
        SELECT FROM statements_statement o WHERE o.id = NEW.cancels_id AND (
            o.kind <> 'STATEMENT' OR o.is_live
            OR (o.side, o.subject, o.opening_minor, o.closing_minor, o.lines_count)
                <> (NEW.side, NEW.subject, NEW.closing_minor, NEW.opening_minor, NEW.lines_count)
        )
    ) THEN
        RAISE EXCEPTION '% does not mirror what it cancels', NEW.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN NULL;
END $$;

-- Bound to a table of someone's own, it would read in the owner's name.
REVOKE ALL ON FUNCTION statements_is_whole FROM PUBLIC;
