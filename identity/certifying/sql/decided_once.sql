CREATE TRIGGER certifying_request_decided_once BEFORE UPDATE ON certifying_certificaterequest
    FOR EACH ROW EXECUTE FUNCTION certifying_request_is_decided_once();
REVOKE DELETE ON certifying_certificaterequest FROM suanpan_app;
