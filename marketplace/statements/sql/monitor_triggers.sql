-- A monitor says what it looks for; only what it saw, when it looks next and its end are written.
CREATE TRIGGER monitor_keeps_facts BEFORE UPDATE ON statements_accountmonitor
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'due_at', 'balance_minor', 'raised_at', 'ended_at'
    );
REVOKE DELETE, TRUNCATE ON statements_accountmonitor FROM suanpan_app;
