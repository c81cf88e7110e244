-- How far a run is moves; what was asked never does, nor what it came to once it is ready.
CREATE TRIGGER policy_run_keeps_what_was_asked BEFORE UPDATE ON policy_policyrun
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'attempts', 'progress_rows', 'inputs_root', 'result', 'result_hash', 'run_hash',
        'bytes', 'failure', 'queued_at', 'started_at', 'seen_at', 'finished_at', 'published_at',
        'published_by_id'
    );

CREATE TRIGGER policy_run_stays_as_it_came_out BEFORE UPDATE ON policy_policyrun
    FOR EACH ROW WHEN (OLD.state = 'READY')
    EXECUTE FUNCTION identity_keep_facts('published_at', 'published_by_id');

CREATE TRIGGER policy_run_stays_published BEFORE UPDATE ON policy_policyrun
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION identity_keep_facts('nothing');
