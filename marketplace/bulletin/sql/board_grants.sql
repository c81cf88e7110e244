-- A board is written over and never taken away; of a link nothing changes but that it is revoked.
REVOKE DELETE ON bulletin_board FROM suanpan_app;
REVOKE UPDATE, DELETE ON bulletin_walllink FROM suanpan_app;
GRANT UPDATE (revoked_at, revoked_by_id) ON bulletin_walllink TO suanpan_app;
