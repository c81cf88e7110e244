CREATE TRIGGER rename_is_signed AFTER INSERT ON identity_coderename
    FOR EACH ROW EXECUTE FUNCTION gateway_note_renamed();
CREATE TRIGGER alias_is_signed AFTER INSERT ON identity_codealias
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_note_alias();
CREATE TRIGGER owner_key_is_signed AFTER INSERT OR UPDATE ON gateway_ownerkey
    FOR EACH ROW EXECUTE FUNCTION gateway_note_owner_key();
CREATE TRIGGER owner_key_keeps BEFORE UPDATE ON gateway_ownerkey
    FOR EACH ROW EXECUTE FUNCTION gateway_owner_key_keeps();
REVOKE DELETE ON gateway_ownerkey, gateway_entryalias FROM suanpan_app;
-- What gave way before, and what has further codes, waits, too.
INSERT INTO gateway_duesigning (id, kind, subject, due_at)
SELECT gen_random_uuid(), 'rename', from_code, clock_timestamp() FROM identity_coderename
ON CONFLICT DO NOTHING;
INSERT INTO gateway_duesigning (id, kind, subject, due_at)
SELECT DISTINCT ON (r.identifier) gen_random_uuid(), 'record', r.identifier, clock_timestamp()
FROM identity_codealias a JOIN identity_computeresource r ON r.id = a.resource_id
ON CONFLICT DO NOTHING;
