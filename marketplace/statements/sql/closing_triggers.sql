-- What closings refuse by themselves.
CREATE TRIGGER closing_keeps_facts BEFORE UPDATE ON statements_bookclosing
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'proposal_id', 'closed_at', 'closed_by_id'
    );
CREATE TRIGGER closing_as_agreed BEFORE INSERT OR UPDATE ON statements_bookclosing
    FOR EACH ROW EXECUTE FUNCTION statements_closing_as_agreed();
REVOKE DELETE, TRUNCATE ON statements_bookclosing FROM suanpan_app;
