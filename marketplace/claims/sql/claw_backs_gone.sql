DROP TRIGGER recovery_is_repaid_once ON claims_recovery;
DROP TRIGGER recovery_keeps_facts ON claims_recovery;
DROP TRIGGER claw_back_keeps_facts ON claims_clawback;
DROP TRIGGER claw_back_as_agreed ON claims_clawback;
DROP SEQUENCE claims_recovery_number;
