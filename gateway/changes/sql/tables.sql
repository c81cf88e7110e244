CREATE TRIGGER change_stays BEFORE UPDATE ON changes_registerchange
    FOR EACH ROW EXECUTE FUNCTION changes_keep();
CREATE TRIGGER change_is_kept BEFORE DELETE OR TRUNCATE ON changes_registerchange
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE CONSTRAINT TRIGGER changes_have_no_gap AFTER UPDATE ON changes_registerchange
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.number IS NOT NULL)
    EXECUTE FUNCTION changes_are_dense();
REVOKE INSERT, DELETE ON changes_registerchange FROM suanpan_app;
REVOKE DELETE ON changes_codesubscription FROM suanpan_app;

CREATE TRIGGER resource_is_followed AFTER INSERT ON identity_computeresource
    FOR EACH ROW EXECUTE FUNCTION changes_note_resource();
CREATE TRIGGER status_is_followed AFTER UPDATE OF status ON identity_computeresource
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION changes_note_resource();
CREATE TRIGGER owner_is_followed AFTER UPDATE OF suspended_at ON identity_organization
    FOR EACH ROW WHEN ((OLD.suspended_at IS NULL) <> (NEW.suspended_at IS NULL))
    EXECUTE FUNCTION changes_note_owner();
CREATE TRIGGER state_is_followed_first AFTER INSERT ON sensing_sourcestate
    FOR EACH ROW EXECUTE FUNCTION changes_note_state();
CREATE TRIGGER state_is_followed AFTER UPDATE ON sensing_sourcestate
    FOR EACH ROW WHEN (OLD.health <> NEW.health OR OLD.is_told <> NEW.is_told)
    EXECUTE FUNCTION changes_note_state();
CREATE TRIGGER statement_is_followed AFTER INSERT ON gateway_statement
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION changes_note_statement();
CREATE TRIGGER node_is_followed_first AFTER INSERT ON gateway_node
    FOR EACH ROW EXECUTE FUNCTION changes_note_node();
CREATE TRIGGER node_is_followed AFTER UPDATE OF state ON gateway_node
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION changes_note_node();
