DROP TRIGGER keyset_renews ON gateway_statement;
DROP INDEX statement_to_renew;
DELETE FROM gateway_duesigning WHERE kind = 'renewal';
ALTER POLICY gateway_statement_read ON gateway_statement USING (
    type IN ('keyset', 'directory', 'grant', 'record', 'status', 'rename', 'binding', 'equivocation')
    OR (SELECT suanpan_tenant()) = '*');
