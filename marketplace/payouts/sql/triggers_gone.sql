DROP TRIGGER run_keeps_facts ON payouts_payoutrun;
DROP TRIGGER run_as_agreed ON payouts_payoutrun;
DROP TRIGGER line_keeps_facts ON payouts_payoutline;
DROP TRIGGER line_keeps ON payouts_payoutline;
DROP TRIGGER account_keeps_facts ON payouts_bankaccount;
DROP TRIGGER freeze_keeps_facts ON payouts_freeze;
GRANT DELETE ON payouts_payoutrun, payouts_payoutline, payouts_bankaccount, payouts_freeze
    TO suanpan_app;
