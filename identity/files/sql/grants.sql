-- What the application never does to these tables is not granted to it: facts about a file stay,
-- and what an organisation keeps is counted by the trigger alone.

REVOKE UPDATE, DELETE ON files_storedfile, files_filegrant FROM suanpan_app;
GRANT UPDATE (relied_on_by, expires_at, removed_at, removed_by_id, swept_at)
    ON files_storedfile TO suanpan_app;
REVOKE INSERT, UPDATE, DELETE ON files_fileallowance FROM suanpan_app;
GRANT INSERT (organization_id, files_max, bytes_max), UPDATE (files_max, bytes_max)
    ON files_fileallowance TO suanpan_app;
