-- Written by identity_ask_access alone; of a request nothing changes but its answer.
REVOKE INSERT, UPDATE, DELETE ON identity_accessrequest FROM suanpan_app;
GRANT UPDATE (state, answer, answered_at, answered_by_id) ON identity_accessrequest TO suanpan_app;
