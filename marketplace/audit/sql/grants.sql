-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON audit_export FROM suanpan_app;
