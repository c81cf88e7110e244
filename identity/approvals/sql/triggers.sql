-- What the room's tables refuse by themselves, and what is not granted to the application.

CREATE TRIGGER proposal_is_guarded BEFORE INSERT OR UPDATE ON approvals_proposal
    FOR EACH ROW EXECUTE FUNCTION approvals_guard_proposal();
CREATE TRIGGER proposals_are_kept BEFORE DELETE OR TRUNCATE ON approvals_proposal
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE, TRUNCATE ON approvals_proposal FROM suanpan_app;

CREATE TRIGGER limit_is_guarded BEFORE INSERT ON approvals_limit
    FOR EACH ROW EXECUTE FUNCTION approvals_guard_limit();
