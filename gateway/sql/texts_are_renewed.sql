CREATE INDEX statement_to_renew ON gateway_statement (issuer)
    WHERE type IN ('rename', 'binding') AND NOT is_second;
CREATE TRIGGER keyset_renews AFTER INSERT ON gateway_statement
    FOR EACH ROW WHEN (NEW.type = 'keyset' AND NEW.issuer = NEW.subject AND NEW.sequence > 1)
    EXECUTE FUNCTION gateway_note_renewals();
-- Everybody may read what bears a text out.
ALTER POLICY gateway_statement_read ON gateway_statement USING (
    type IN ('keyset', 'directory', 'grant', 'record', 'status', 'rename', 'binding', 'equivocation',
        'renewal')
    OR (SELECT suanpan_tenant()) = '*');
