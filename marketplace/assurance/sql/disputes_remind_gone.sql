DROP TRIGGER dispute_keeps ON assurance_tradedispute;
CREATE TRIGGER dispute_keeps BEFORE UPDATE ON assurance_tradedispute
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'answer', 'answer_files', 'answered_at', 'answered_by_id', 'awarded_minor',
        'decision', 'decided_at', 'decided_by_id', 'agreed_by_id', 'proposal_id', 'appeal_until',
        'buyer_appeal', 'buyer_appealed_at', 'provider_appeal', 'provider_appealed_at',
        'agreed_adjustment_id', 'adjustment_id', 'closed_at'
    );
