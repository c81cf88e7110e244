CREATE TRIGGER grant_is_signed AFTER INSERT ON identity_grant
    FOR EACH ROW EXECUTE FUNCTION gateway_note_granted();
-- What was granted before waits, too.
INSERT INTO gateway_duesigning (id, kind, subject, due_at)
SELECT gen_random_uuid(), 'grant', prefix, clock_timestamp() FROM identity_grant WHERE is_current
ON CONFLICT DO NOTHING;
