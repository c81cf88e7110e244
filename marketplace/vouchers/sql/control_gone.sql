DROP TRIGGER sample_is_drawn_once ON vouchers_sampledraw;
DROP TRIGGER sample_keeps ON vouchers_sampledraw;
DROP TRIGGER entry_keeps ON vouchers_dishonestentry;
DROP TRIGGER mark_keeps ON vouchers_partymark;
DROP TRIGGER finding_decided_by_an_outsider ON vouchers_controlfinding;
DROP TRIGGER finding_is_decided_once ON vouchers_controlfinding;
DROP TRIGGER finding_keeps ON vouchers_controlfinding;
DROP TRIGGER control_rule_as_agreed ON vouchers_controlrule;
DROP SEQUENCE vouchers_finding_number, vouchers_sample_number;
