GRANT DELETE ON identity_poolrequest TO suanpan_app;
DROP TRIGGER pool_request_stays ON identity_poolrequest;
DROP TRIGGER pool_request_waits_and_is_answered_once ON identity_poolrequest;
