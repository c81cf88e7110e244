-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON policy_policyrun, policy_policyrunparty FROM suanpan_app;
REVOKE UPDATE ON policy_policyrunparty FROM suanpan_app;
