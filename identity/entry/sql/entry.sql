-- A provider is connected as two outsiders agreed; nothing of that changes but its secret and its end.
CREATE TRIGGER connected_as_agreed BEFORE INSERT OR UPDATE ON entry_ssoconnection
    FOR EACH ROW EXECUTE FUNCTION entry_connected_as_agreed();
CREATE TRIGGER connected_by_an_outsider BEFORE INSERT ON entry_ssoconnection
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('proposed_by_id', 'organization_id');
-- A token is given to a key of its organisation, within its scopes, and is never changed.
CREATE TRIGGER token_of_its_key BEFORE INSERT ON entry_accesstoken
    FOR EACH ROW EXECUTE FUNCTION entry_token_of_its_key();
REVOKE DELETE ON entry_ssoconnection, entry_invitation FROM suanpan_app;
REVOKE UPDATE ON entry_accesstoken FROM suanpan_app;
