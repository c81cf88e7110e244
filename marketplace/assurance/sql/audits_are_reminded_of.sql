-- An audit learns what people were told of its day; all else stays as `audits.sql` says.
DROP TRIGGER audit_keeps ON assurance_capacityaudit;
CREATE TRIGGER audit_keeps BEFORE UPDATE ON assurance_capacityaudit
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'auditor_id', 'told_at', 'answer_due_on', 'answer', 'answered_at',
        'answered_by_id', 'conclusion', 'explanation', 'found_size_id', 'closed_at',
        'closed_by_id', 'agreed_by_id', 'proposal_id', 'reminded_days'
    );
