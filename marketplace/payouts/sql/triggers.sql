-- What the room's tables refuse and do by themselves.
CREATE TRIGGER run_keeps_facts BEFORE UPDATE ON payouts_payoutrun
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'proposal_id', 'approved_at', 'approved_by_id', 'sent_at', 'done_at'
    );
CREATE TRIGGER run_as_agreed BEFORE INSERT OR UPDATE ON payouts_payoutrun
    FOR EACH ROW EXECUTE FUNCTION payouts_run_as_agreed();
CREATE TRIGGER line_keeps_facts BEFORE UPDATE ON payouts_payoutline
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('movement_id');
CREATE TRIGGER line_keeps BEFORE INSERT OR UPDATE ON payouts_payoutline
    FOR EACH ROW EXECUTE FUNCTION payouts_line_keeps();
CREATE TRIGGER account_keeps_facts BEFORE UPDATE ON payouts_bankaccount
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('replaced_at');
CREATE TRIGGER freeze_keeps_facts BEFORE UPDATE ON payouts_freeze
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('lifted_at', 'lifted_by_id');
REVOKE DELETE, TRUNCATE ON payouts_payoutrun, payouts_payoutline, payouts_bankaccount,
    payouts_freeze FROM suanpan_app;
