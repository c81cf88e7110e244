-- What the room's tables refuse and do by themselves.
CREATE TRIGGER statement_next_in_row BEFORE INSERT ON statements_statement
    FOR EACH ROW EXECUTE FUNCTION statements_next_in_row();
CREATE TRIGGER fapiao_next_in_row BEFORE INSERT ON statements_fapiao
    FOR EACH ROW EXECUTE FUNCTION statements_next_in_row();
-- What counts no more says so, and stays otherwise as it was issued.
CREATE TRIGGER statement_keeps_facts BEFORE UPDATE ON statements_statement
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('is_live');
CREATE TRIGGER balance_keeps_facts BEFORE UPDATE ON statements_statementbalance
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('is_live');
CREATE TRIGGER line_keeps_facts BEFORE UPDATE ON statements_statementline
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('is_live');
CREATE CONSTRAINT TRIGGER statement_is_whole AFTER INSERT ON statements_statement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION statements_is_whole();
CREATE TRIGGER line_is_of_now AFTER INSERT ON statements_statementline
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION statements_line_is_of_now();
CREATE TRIGGER balance_is_of_now AFTER INSERT ON statements_statementbalance
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION statements_line_is_of_now();
CREATE TRIGGER fapiao_keeps_facts BEFORE UPDATE ON statements_fapiao
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'moved_at', 'fapiao_number', 'answer'
    );
CREATE TRIGGER fapiao_keeps BEFORE INSERT OR UPDATE ON statements_fapiao
    FOR EACH ROW EXECUTE FUNCTION statements_fapiao_keeps();
REVOKE DELETE, TRUNCATE ON statements_statement, statements_statementbalance,
    statements_statementline, statements_fapiao, statements_statementround FROM suanpan_app;
REVOKE UPDATE ON statements_statement, statements_statementbalance, statements_statementline
    FROM suanpan_app;
GRANT UPDATE (is_live) ON statements_statement, statements_statementbalance,
    statements_statementline TO suanpan_app;
