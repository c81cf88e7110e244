-- How far an export is moves; what was asked for never does.
CREATE TRIGGER export_keeps_what_was_asked BEFORE UPDATE ON audit_export
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'attempts', 'progress_rows', 'rows', 'bytes', 'sha256', 'manifest', 'failure',
        'queued_at', 'started_at', 'seen_at', 'finished_at', 'expires_at'
    );
