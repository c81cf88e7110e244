-- What the application never does to these tables is not granted to it.

REVOKE UPDATE, DELETE ON bulletin_dailyindex FROM suanpan_app;
