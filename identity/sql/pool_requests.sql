-- Who asks for a pool, and who answers.
CREATE TRIGGER pool_request_waits_and_is_answered_once BEFORE INSERT OR UPDATE
    ON identity_poolrequest FOR EACH ROW EXECUTE FUNCTION identity_pool_request_stays();
CREATE TRIGGER pool_request_stays BEFORE DELETE ON identity_poolrequest
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON identity_poolrequest FROM suanpan_app;
