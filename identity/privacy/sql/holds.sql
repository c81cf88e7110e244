-- What two people agreed on is what is written, and it is never removed.
CREATE TRIGGER hold_as_agreed BEFORE INSERT OR UPDATE ON privacy_hold
    FOR EACH ROW EXECUTE FUNCTION privacy_hold_as_agreed();
CREATE TRIGGER hold_stays BEFORE DELETE ON privacy_hold
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON privacy_hold FROM suanpan_app;
-- Who records and reads who saw what. Nobody chooses when that was.
REVOKE ALL ON privacy_seen FROM suanpan_app;
GRANT SELECT, INSERT (
    organization_id, person_id, reader_id, reader_organization_id, api_key_id, object_kind,
    object_id, page, request_id
) ON privacy_seen TO suanpan_app;
DO $$ BEGIN PERFORM privacy_make_months(12); END $$;
-- What sweepers remove, they leave where a legal hold is.
CREATE TRIGGER held_file_stays BEFORE UPDATE OF removed_at, swept_at ON files_storedfile
    FOR EACH ROW WHEN ((NEW.removed_at, NEW.swept_at) IS DISTINCT FROM (OLD.removed_at, OLD.swept_at))
    EXECUTE FUNCTION privacy_refuse_held('FILE', 'id', 'organization_id');
CREATE TRIGGER held_notice_stays AFTER DELETE ON notices_notice
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION privacy_refuse_held('PERSON', 'user_id', 'organization_id');
CREATE TRIGGER held_reply_stays AFTER DELETE ON identity_idempotencyrecord
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION privacy_refuse_held('', '', 'organization_id');
CREATE TRIGGER held_delivery_stays AFTER DELETE ON webhooks_delivery
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION privacy_refuse_held('', '', 'organization_id');
