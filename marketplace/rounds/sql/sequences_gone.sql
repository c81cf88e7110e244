DROP SEQUENCE rounds_round_number;
